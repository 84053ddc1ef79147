#!/usr/bin/env python3
"""Parses Groovy files, and tells where one cannot be parsed.

    python tests/recipes/groovy.py deploy/ci/Jenkinsfile
"""

import sys
from pathlib import Path

import tree_sitter_groovy
from tree_sitter import Language, Parser


def mistakes(node):
    if node.type == "ERROR" or node.is_missing:
        yield node.start_point
    for child in node.children:
        yield from mistakes(child)


def main():
    parser = Parser(Language(tree_sitter_groovy.language()))
    found = [
        f"{path}:{row + 1}:{column + 1}: not Groovy"
        for path in sys.argv[1:]
        for row, column in mistakes(parser.parse(Path(path).read_bytes()).root_node)
    ]
    sys.exit("\n".join(found) or None)


if __name__ == "__main__":
    main()
