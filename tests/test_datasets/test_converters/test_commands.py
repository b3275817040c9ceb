import os
import signal
import time

from spidepth_mm.datasets.converters.commands import STOPPED, run_command


def test_to_be_terminated_is_to_be_stopped(tmp_path, capsys):
    """What is under way can clean up, as after Ctrl-C."""
    before = signal.getsignal(signal.SIGTERM)
    part = tmp_path / 'a.part'

    def work():
        part.touch()
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        finally:
            part.unlink()

    assert run_command(work) == STOPPED
    assert 'The same command goes on where it was' in capsys.readouterr().err
    assert not part.exists()
    assert signal.getsignal(signal.SIGTERM) == before
