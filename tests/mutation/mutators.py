"""Small wrong changes of Python source, one at a time: what a careless edit might do to a rule.

Knows: Python's syntax tree, which changes are worth a test. Must not know: tests, how they are run.

Not changed: sentences that people read (only strings that look like codes are), type annotations,
docstrings, decorators, `assert`, ``__all__``, and code for type checkers alone.
"""

from __future__ import annotations

import ast
import copy
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

_CODE = re.compile(r"[A-Za-z0-9_.:/%-]{1,40}")
"""A string that the program compares or stores; everything else is a sentence."""

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}

Change = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. ``function`` is the outermost function that holds it, by qualified name, first and
    last line; None where the change is outside of any. ``number`` counts the changes of the file.
    ``statement`` is the first line of the innermost statement that holds ``line``.
    """

    number: int
    line: int
    statement: int
    operator: str
    function: str | None
    first_line: int
    last_line: int
    old: str
    new: str

    @property
    def where(self) -> str:
        return self.function or "<module>"


@dataclass(frozen=True, slots=True)
class _Site:
    operator: str
    line: int
    statement: int
    function: str | None
    first_line: int
    last_line: int
    old: str
    new: str
    apply: Change


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk stands."""

    names: tuple[str, ...] = ()
    function: str | None = None
    first_line: int = 0
    last_line: int = 0
    statement: int = 0


def plan_mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its source."""
    return [
        Mutant(
            number,
            s.line,
            s.statement,
            s.operator,
            s.function,
            s.first_line,
            s.last_line,
            s.old,
            s.new,
        )
        for number, s in enumerate(_walk_module(ast.parse(source)))
    ]


def apply_mutant(source: str, number: int) -> ast.Module:
    """The module's tree with that one change; lines stay where they were."""
    tree = ast.parse(source)
    for index, site in enumerate(_walk_module(tree)):
        if index == number:
            site.apply()
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


def _walk_module(tree: ast.Module) -> Iterator[_Site]:
    yield from _walk_body(tree, "body", _Place())


def _walk_body(owner: ast.AST, field: str, place: _Place) -> Iterator[_Site]:
    body: list[ast.stmt] = getattr(owner, field)
    for index, statement in enumerate(list(body)):
        if index == 0 and _is_text(statement):
            continue
        yield from _walk_statement(body, index, statement, place)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _walk_statement(
    body: list[ast.stmt], index: int, statement: ast.stmt, place: _Place
) -> Iterator[_Site]:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Pass():
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _walk_function(statement, place)
            return
        case ast.ClassDef():
            names = (*place.names, statement.name)
            yield from _walk_body(statement, "body", replace(place, names=names))
            return
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return
        case _ if _is_text(statement):
            return
    place = replace(place, statement=statement.lineno)
    yield from _replace_statement(body, index, statement, place)
    for field, value in ast.iter_fields(statement):
        if field == "annotation":
            yield from _walk_annotation(value, place)
        elif field in ("body", "orelse", "finalbody") and isinstance(value, list):
            yield from _walk_body(statement, field, place)
        elif field == "handlers":
            for handler in value:
                yield from _walk_body(handler, "body", place)
        elif field == "cases":
            yield from _walk_cases(statement, place)
        elif field not in ("targets", "target", "type"):
            yield from _walk_field(statement, field, value, place)


def _walk_function(node: ast.FunctionDef | ast.AsyncFunctionDef, place: _Place) -> Iterator[_Site]:
    defaults = node.args
    yield from _walk_field(defaults, "defaults", defaults.defaults, place)
    yield from _walk_field(defaults, "kw_defaults", defaults.kw_defaults, place)
    inner = place
    if place.function is None:
        name = ".".join((*place.names, node.name))
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        inner = _Place((), name, first, node.end_lineno or first)
    yield from _walk_body(node, "body", inner)


def _walk_annotation(annotation: ast.AST, place: _Place) -> Iterator[_Site]:
    """Only what a library reads: the bounds in ``Field(ge=0)``."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                yield from _walk_field(keyword, "value", keyword.value, place)


def _drop_case(node: ast.Match, index: int) -> None:
    node.cases.pop(index)


def _walk_cases(node: ast.stmt, place: _Place) -> Iterator[_Site]:
    assert isinstance(node, ast.Match)
    for index, case in enumerate(list(node.cases)):
        if len(node.cases) > 1:
            yield _site(
                "case", case.pattern, place, f"case {ast.unparse(case.pattern)}", "(gone)",
                functools.partial(_drop_case, node, index),
            )  # fmt: skip
        if case.guard is not None:
            yield from _walk_field(case, "guard", case.guard, place)
        yield from _walk_body(case, "body", place)


def _replace_statement(
    body: list[ast.stmt], index: int, statement: ast.stmt, place: _Place
) -> Iterator[_Site]:
    new: list[tuple[str, ast.stmt]] = []
    match statement:
        case ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Delete():
            new.append(("delete", ast.Pass()))
        case ast.Continue():
            new.append(("loop", ast.Break()))
        case ast.Break():
            new.append(("loop", ast.Continue()))
        case ast.Return(value=value) if value is not None and not _is_constant(value, None):
            new.append(("return", ast.Return(ast.Constant(None))))
    if isinstance(statement, ast.AugAssign) and type(statement.op) in _RECKONED:
        other = copy.copy(statement)
        other.op = _RECKONED[type(statement.op)]()
        new.append(("arithmetic", other))
    if isinstance(statement, ast.If | ast.While) and _is_plain(statement.test):
        yield from _swap(
            statement, "test", statement.test, [("negate", _not(statement.test))], place
        )
    for operator, other_statement in new:
        ast.copy_location(other_statement, statement)

        def apply(other_statement: ast.stmt = other_statement) -> None:
            body[index] = other_statement

        old, told = ast.unparse(statement), ast.unparse(other_statement)
        yield _site(operator, statement, place, old, told, apply)


def _walk_field(owner: ast.AST, field: str, value: object, place: _Place) -> Iterator[_Site]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, ast.AST):
                yield from _walk_expression(owner, field, item, place, index)
    elif isinstance(value, ast.AST):
        yield from _walk_expression(owner, field, value, place, None)


def _walk_expression(
    owner: ast.AST, field: str, node: ast.AST, place: _Place, index: int | None
) -> Iterator[_Site]:
    if isinstance(node, ast.expr):
        yield from _swap(owner, field, node, list(_replacements(node)), place, index)
    if isinstance(node, ast.Lambda):
        yield from _walk_field(node, "body", node.body, place)
        return
    for name, value in ast.iter_fields(node):
        if name not in ("ctx", "op", "ops", "target", "annotation"):
            yield from _walk_field(node, name, value, place)


def _swap(
    owner: ast.AST,
    field: str,
    node: ast.expr,
    new: list[tuple[str, ast.expr]],
    place: _Place,
    index: int | None = None,
) -> Iterator[_Site]:
    for operator, other in new:
        ast.copy_location(other, node)

        def apply(other: ast.expr = other) -> None:
            if index is None:
                setattr(owner, field, other)
            else:
                getattr(owner, field)[index] = other

        yield _site(operator, node, place, ast.unparse(node), ast.unparse(other), apply)


def _replacements(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                for other in _COMPARED.get(type(operator), ()):
                    ops = list(node.ops)
                    ops[place] = other()
                    yield "compare", ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp(op=operator, values=values):
            swapped = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield "boolean", ast.BoolOp(swapped, values)
            for place in range(len(values)):
                rest = [v for i, v in enumerate(values) if i != place]
                yield "operand", rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not", operand
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "arithmetic", operand
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _RECKONED:
            yield "arithmetic", ast.BinOp(left, _RECKONED[type(operator)](), right)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield "negate", ast.IfExp(_not(test), body, orelse)
        case ast.Constant(value=bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield "constant", ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if _CODE.fullmatch(value):
            yield "constant", ast.Constant(f"{value}1" if value.isdigit() else f"X{value}")
        case ast.Constant(value=bytes() as value) if value:
            yield "constant", ast.Constant(value[:-1] + bytes([value[-1] ^ 1]))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _TWINS:
            yield "twin", ast.Call(ast.Name(_TWINS[name], ast.Load()), args, keywords)
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts) if len(elts) > 1:
            if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                for place in range(len(elts)):
                    other_node = copy.copy(node)
                    other_node.elts = [e for i, e in enumerate(elts) if i != place]
                    yield "element", other_node
        case ast.Dict(keys=keys, values=values) if len(keys) > 1:
            for place in range(len(keys)):
                yield (
                    "element",
                    ast.Dict(
                        [k for i, k in enumerate(keys) if i != place],
                        [v for i, v in enumerate(values) if i != place],
                    ),
                )
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            for place, generator in enumerate(node.generators):
                if generator.ifs:
                    bare = copy.copy(generator)
                    bare.ifs = []
                    other_comp = copy.copy(node)
                    other_comp.generators = [*node.generators]
                    other_comp.generators[place] = bare
                    yield "filter", other_comp
    if isinstance(node, ast.Call):
        for place, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                rest_of = [k for i, k in enumerate(node.keywords) if i != place]
                yield "keyword", ast.Call(node.func, node.args, rest_of)


def _is_plain(test: ast.expr) -> bool:
    """A condition that no other operator turns round."""
    return not isinstance(test, ast.Compare) and not (
        isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    )


def _not(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _site(operator: str, node: ast.AST, place: _Place, old: str, new: str, apply: Change) -> _Site:
    line: int = getattr(node, "lineno", 0)
    return _Site(
        operator, line, place.statement or line, place.function, place.first_line, place.last_line,
        _short(old), _short(new), apply,
    )  # fmt: skip


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:157] + "..."
