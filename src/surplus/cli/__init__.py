"""The command `surplus`: arguments in, words out; every answer comes from the library.

`parser` says which arguments there are, `plans`, `ledgers` and `files` hold one function per command,
`show` prints, `complain` puts errors into words, `words` and `chinese` hold both languages.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

from surplus.cli.complain import said
from surplus.cli.parser import parser
from surplus.cli.show import Notes, complain
from surplus.cli.words import Words, language
from surplus.errors import InputError, SolverError, SurplusError

DONE, FOUND, BAD_INPUT, NO_ANSWER, DEFECT, INTERRUPTED = 0, 1, 2, 3, 70, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The exit status: 0 done, 1 findings or infeasible, 2 bad input, 3 no answer (out of time, say),
        70 a defect of surplus itself, 130 interrupted.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    word = Words(language(given, os.environ))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a character must not end it all
            stream.reconfigure(errors="backslashreplace")
    options = parser(word).parse_args(given)
    options.lang, verbose = word.lang, options.verbose
    log = logging.StreamHandler(sys.stderr)
    log.setFormatter(Notes(word))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[log])
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except InputError as error:
        return complain(said(error, word, whole=verbose), BAD_INPUT)
    except SolverError as error:
        return _leave(complain(said(error, word), NO_ANSWER))
    except SurplusError as error:
        return complain(said(error, word), FOUND)
    except OSError as error:
        return complain(f"{error.filename or 'file'}: {error.strerror or error}", BAD_INPUT)
    except MemoryError:
        words = word(
            "there is not enough memory; no file is half written", "内存不足;没有只写了一半的文件"
        )
        return complain(words, BAD_INPUT)
    except KeyboardInterrupt:
        words = word("interrupted; no file is half written", "已中断;没有只写了一半的文件")
        return _leave(complain(words, INTERRUPTED))
    except Exception as error:
        if verbose:
            logging.getLogger(__name__).exception("defect")
        return complain(_defect(error, word), DEFECT)
    return status


def _leave(status: int) -> int:
    """End the process at once where a solver that does not hear us would keep it."""
    running = sys.modules.get("surplus.solvers.running")
    if running is not None and running.left_behind():
        sys.stderr.flush()
        os._exit(status)
    return status


def _defect(error: Exception, word: Words) -> str:
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return word(
        f"This is a defect of surplus, not of your files: {what}\n"
        "  Please report it to the surplus project, with the command, what `surplus --version` says "
        "and, if you may, the files.\n"
        "  Run it again as `surplus -v …` for details to report. Do not use files it may have written.",
        f"这是 surplus 程序本身的缺陷,不是您的文件有误:{what}\n"
        "  请将所用命令、`surplus --version` 的输出以及(如可公开)相关文件报告给 surplus 项目。\n"
        "  用 `surplus -v …` 再运行一次可得到报告所需的详细信息。请勿使用它可能已写出的文件。",
    )
