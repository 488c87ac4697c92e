"""Tables as columns: Parquet, and frames of pandas, polars, pyarrow or duckdb."""
