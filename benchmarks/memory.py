"""The most memory that a call takes beyond what was there before, MiB, by one of three meters."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import resource
import tracemalloc
from typing import Any, Callable, Dict

from torch.profiler import ProfilerActivity, profile

# Without a GPU the profiler would complain about its absence.
os.environ.setdefault('KINETO_LOG_LEVEL', '5')
Call = Callable[[], Any]
MIB = 2**20


def arrays(call: Call) -> float:
    """What numpy, OpenCV and Python allocated. Exact."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


def tensors(call: Call) -> float:
    """What PyTorch's tensors on the processor took, from the profiler's allocation events.

    Exact, but for the scratch memory that library kernels allocate behind PyTorch's back.
    """
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True,
                 acc_events=True) as profiler:
        call()
    events = [event for event in profiler.profiler.kineto_results.events()
              if event.name() == '[memory]']
    now = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        peak = max(peak, now)
    return peak / MIB


def process(call: Call) -> float:
    """How far the resident memory of a forked process rose. Sees Pillow's images; to a MiB or so.

    Memory that the process had freed and kept is given back first, so it is not used unseen.
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):  # another C library than glibc
        pass
    context = multiprocessing.get_context('fork')
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measure, args=(call, sender))
    child.start()
    sender.close()
    rose = receiver.recv()
    child.join()
    return rose / 2**10


def _measure(call: Call, sender) -> None:
    # The first page faults of a fork copy what it shares; the highest mark starts from there.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    call()
    sender.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


METERS: Dict[str, Callable[[Call], float]] = dict(
    arrays=arrays, tensors=tensors, process=process)
