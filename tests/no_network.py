"""A machine without a network, whatever this one has."""

from __future__ import annotations

import socket

import pytest


def cut_network(monkeypatch: pytest.MonkeyPatch) -> list:
    """Let every attempt to reach another machine fail as it does without a network.

    Returns:
        list: What was asked for, as it happens.
    """
    asked = []

    def refuse(host, *args, **kwargs):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, 'Name or service not known')

    monkeypatch.setattr(socket, 'getaddrinfo', refuse)
    monkeypatch.setattr(socket.socket, 'connect', lambda self, address: refuse(address))
    return asked
