"""The faults that can be planted in a function: each is one change of its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
}


class Change(NamedTuple):
    """One fault: the operator, and the index of the statement in the function (see ``statements``), of the node in the
    statement (see ``own_nodes``), and of the variant if the node has several."""

    operator: str
    statement: int
    node: int
    variant: int = 0


def statements(function: Function) -> list[ast.stmt]:
    """Every statement in the body of ``function`` except docstrings, in the order of the source."""
    found: list[ast.stmt] = []

    def collect(body: list[ast.stmt]) -> None:
        for statement in body:
            if not _is_docstring(statement):
                found.append(statement)
            for block in _blocks(statement):
                collect(block)

    collect(function.body)
    return found


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for handler in getattr(statement, "handlers", []):
        yield handler.body
    for case in getattr(statement, "cases", []):
        yield case.body


def own_nodes(statement: ast.stmt) -> list[ast.AST]:
    """The nodes of a statement without those of inner statements: of an ``if``, only its condition."""
    found: list[ast.AST] = []

    def collect(node: ast.AST) -> None:
        found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(node, ast.Call):
                continue  # these have no effect when the function runs
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.stmt | ast.match_case):
                    collect(child)

    collect(statement)
    return found


def text_of(statement: ast.stmt) -> str:
    """The source of a statement in normal form; of a compound statement, only its first line."""
    bare = copy.deepcopy(statement)
    if any(True for block in _blocks(bare) if block):
        for name in ("orelse", "finalbody", "handlers", "cases", "decorator_list"):
            if getattr(bare, name, None):
                setattr(bare, name, [])
        if hasattr(bare, "body"):
            bare.body = [ast.Pass()]
        if isinstance(bare, ast.Try):
            return "try: " + " | ".join(
                "except" if each.type is None else f"except {ast.unparse(each.type)}"
                for each in getattr(statement, "handlers", [])
            )
        if isinstance(bare, ast.Match):
            return f"match {ast.unparse(bare.subject)}:"
        return ast.unparse(ast.fix_missing_locations(bare)).rsplit("\n", 1)[0].strip()
    return ast.unparse(bare)


def changes(function: Function) -> Iterator[Change]:
    """Every fault that can be planted in the body of ``function``."""
    for number, statement in enumerate(statements(function)):
        for at, node in enumerate(own_nodes(statement)):
            for operator in _operators(node, statement):
                for variant in range(_variants(operator, node)):
                    yield Change(operator, number, at, variant)


def _variants(operator: str, node: ast.AST) -> int:
    if operator == "flip comparison" and isinstance(node, ast.Compare):
        return len(node.ops)
    if operator == "drop except" and isinstance(node, ast.Try):
        return len(node.handlers)
    return 1


def _operators(node: ast.AST, statement: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Compare():
            yield "flip comparison"
            if any(_text(each) for each in (node.left, *node.comparators)):
                yield "change kind"
        case ast.Constant(value=bool()):
            yield "flip boolean"
        case ast.Constant(value=int()):
            yield "off by one"
        case ast.BoolOp():
            yield "swap and/or"
        case ast.UnaryOp(op=ast.Not()):
            yield "remove not"
        case ast.BinOp() if type(node.op) in ARITHMETIC and not _is_string(node):
            yield "change arithmetic"
        case ast.If() | ast.While() | ast.IfExp() if not _is_type_checking(node.test):
            yield "negate condition"
            if isinstance(node, ast.If):
                yield "drop branch"
        case ast.comprehension(ifs=[_, *_]):
            yield "negate condition"
        case ast.Call(args=[first, second, *_]) if _swappable(first, second):
            yield "swap arguments"
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return nothing"
        case ast.Try(handlers=[_, *_]):
            yield "drop except"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom() | ast.Await()):
            yield "remove statement"
        case ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Delete():
            yield "remove statement"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) if node is statement:
            yield "remove statement"


def _swappable(first: ast.expr, second: ast.expr) -> bool:
    if isinstance(first, ast.Starred) or isinstance(second, ast.Starred):
        return False
    return type(first) is type(second) and ast.dump(first) != ast.dump(second)


def _is_string(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.JoinedStr) or _text(side) for side in (node.left, node.right))


def _text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_type_checking(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"


def planted(function: Function, change: Change) -> ast.stmt:
    """Plant the fault in ``function`` itself; returns the changed statement."""
    statement = statements(function)[change.statement]
    node = own_nodes(statement)[change.node]
    if change.operator == "remove statement":
        nothing = ast.copy_location(_nothing(statement), statement)
        _replace(function, statement, nothing)
        return nothing
    _change(node, change)
    ast.fix_missing_locations(function)
    return statement


def _nothing(statement: ast.stmt) -> ast.stmt:
    """The replacement of a removed statement. A removed ``yield`` leaves a dead one, so that a generator stays one."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield | ast.YieldFrom):
        dead = ast.If(ast.Constant(False), [ast.Expr(ast.Yield(ast.Constant(None)))], [])
        return ast.fix_missing_locations(ast.copy_location(dead, statement))
    return ast.Pass()


def _replace(function: ast.AST, old: ast.stmt, new: ast.stmt) -> None:
    for parent in ast.walk(function):
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list) and any(each is old for each in value):
                value[:] = [new if each is old else each for each in value]
                return


def _not(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _change(node: ast.AST, change: Change) -> None:
    match change.operator, node:
        case "flip comparison", ast.Compare():
            node.ops[change.variant] = COMPARISONS[type(node.ops[change.variant])]()
        case "change kind", ast.Compare():
            sides = [node.left, *node.comparators]
            next(side for side in sides if _text(side)).value = "·"  # type: ignore[attr-defined]
        case "flip boolean", ast.Constant():
            node.value = not node.value
        case "off by one", ast.Constant():
            node.value += 1  # type: ignore[operator]
        case "swap and/or", ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case "remove not", ast.UnaryOp():
            node.op = ast.Not()
            node.operand = _not(node.operand)  # not not x is a boolean, as the original is
        case "change arithmetic", ast.BinOp():
            node.op = ARITHMETIC[type(node.op)]()
        case "negate condition", ast.If() | ast.While() | ast.IfExp():
            node.test = _not(node.test)
        case "negate condition", ast.comprehension():
            node.ifs[0] = _not(node.ifs[0])
        case "drop branch", ast.If():
            node.test = ast.copy_location(ast.BoolOp(ast.And(), [ast.Constant(False), node.test]), node.test)
        case "swap arguments", ast.Call():
            node.args[0], node.args[1] = node.args[1], node.args[0]
        case "return nothing", ast.Return():
            node.value = ast.copy_location(ast.Constant(None), node)
        case "drop except", ast.Try():
            node.handlers[change.variant].type = ast.copy_location(ast.Tuple([], ast.Load()), node)
        case _:
            raise ValueError(f"{change.operator!r} cannot be planted in {type(node).__name__}")
