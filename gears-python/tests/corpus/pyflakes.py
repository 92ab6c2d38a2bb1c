"""Prints what pyflakes says about names in the files that standard input lists.

Each line of the answer holds the file's number, line, column from 1, kind and
name, with tabs between. Files that pyflakes cannot parse are named as such.
"""

import ast
import multiprocessing
import sys
import warnings

from pyflakes import checker, messages

KINDS = {
    messages.UndefinedName: "undefined",
    messages.UndefinedLocal: "local",
}


def names(numbered):
    number, path = numbered
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        compile(text, path, "exec", dont_inherit=True)
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return [f"{number}\t0\t0\tunparsed\t"]
    told = checker.Checker(tree, filename=path).messages
    return [
        f"{number}\t{message.lineno}\t{message.col + 1}\t{KINDS[type(message)]}\t{message.message_args[0]}"
        for message in told
        if type(message) in KINDS
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    paths = sys.stdin.read().splitlines()
    with multiprocessing.Pool() as pool:
        for lines in pool.imap(names, enumerate(paths), chunksize=20):
            for line in lines:
                print(line)
