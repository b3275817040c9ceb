import pickle

from spidepth_mm.datasets import UnreadableImageError


def test_unreadable_image_survives_pickling():
    error = pickle.loads(pickle.dumps(UnreadableImageError('a.png', 'zero bytes')))  # noqa: S301
    assert (error.path, error.reason, str(error)) == ('a.png', 'zero bytes', 'a.png: zero bytes')


def test_unreadable_image_is_rebuilt_from_a_message():
    # A dataloader raises a worker's error anew with its message as the only argument.
    assert str(UnreadableImageError('Caught in worker 0: a.png')) == 'Caught in worker 0: a.png'
