"""Configs as text, read without running them."""

from __future__ import annotations

import ast
from typing import Any, Dict

from .checkpoint import CheckpointError

_NUMBERS = dict(inf=float('inf'), nan=float('nan'))


def parse_config_text(text: str) -> Dict[str, Any]:
    """The fields of a dumped config (mmengine's ``Config.pretty_text``).

    A dumped config is Python source, which mmengine executes. One that came
    with somebody's checkpoint must not run code: only assignments of plain
    values are read here, anything else is an error.

    Args:
        text (str): Lines like ``model = dict(type='X', sizes=[1, 2])``.

    Returns:
        dict: Of plain values.

    Raises:
        ValueError: For anything but assignments of plain values; says the line.
    """
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f'no config text ({error})') from None
    fields = {}
    for statement in statements:
        if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1
                and isinstance(statement.targets[0], ast.Name)):
            raise ValueError(f'line {statement.lineno} is no assignment of a plain value: '
                             f'{_excerpt(statement)}')
        name = statement.targets[0].id
        try:
            fields[name] = _value_of(statement.value)
        except (TypeError, RecursionError, OverflowError) as error:
            raise ValueError(f'line {statement.lineno}, {name} is no plain value ({error})'
                             ) from None
    return fields


def refused_config(path: str, reason: Any) -> CheckpointError:
    """The error for a checkpoint whose config is more than plain settings of known parts."""
    return CheckpointError(f"Refused the config in {path}: {reason}. Give the config's file as "
                           'model, if you trust it, and this file as weights.')


def _value_of(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        kind = dict(List=list, Tuple=tuple, Set=set)[type(node).__name__]
        return kind(_value_of(item) for item in node.elts)
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {_value_of(key): _value_of(value) for key, value in zip(node.keys, node.values)}
    if isinstance(node, ast.Name) and node.id in _NUMBERS:
        return _NUMBERS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value_of(node.operand)
        if isinstance(value, (int, float)):
            return -value
    if _is_plain_call(node, 'dict'):
        fields: dict = {}
        for argument in node.args:
            fields.update(_value_of(argument))
        for keyword in node.keywords:
            value = _value_of(keyword.value)
            fields.update(value if keyword.arg is None else {keyword.arg: value})
        return fields
    raise ValueError(f'line {node.lineno} holds more than plain values: {_excerpt(node)}')


def _is_plain_call(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _excerpt(node: ast.AST, length: int = 60) -> str:
    text = ' '.join(ast.unparse(node).split())
    return text if len(text) <= length else f'{text[:length]}...'
