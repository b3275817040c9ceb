"""What can go wrong with data on a disk, each as one clear line for a person."""


class DatasetNotFoundError(FileNotFoundError):
    """A dataset's folder is absent or laid out differently.

    The message names the folder, the expected layout and what works without
    data, so a tool can print it as it is, without a traceback.
    """


class MissingFramesError(FileNotFoundError):
    """Images that a split names are not on the disk."""


class OutsideDataRootError(ValueError):
    """A list or a link names a file outside the folders that were given."""


class UnreadableImageError(OSError):
    """One image or depth file that cannot be used.

    Args:
        path (str): The file.
        reason (str): Why, in a few words. Optional, because a dataloader
            rebuilds a worker's exception from its message alone.
    """

    def __init__(self, path: str, reason: str = '') -> None:
        self.path = str(path)
        self.reason = reason
        super().__init__(f'{path}: {reason}' if reason else str(path))

    def __reduce__(self):
        return type(self), (self.path, self.reason)


class UnequalFramesError(UnreadableImageError, ValueError):
    """A frame is of another size than its target; a damaged header can say anything."""


class TooManyBadImagesError(RuntimeError):
    """More unreadable files than a training run should silently work around."""
