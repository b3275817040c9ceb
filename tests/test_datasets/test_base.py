import copy
import os

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate, worker_init_fn
from mmengine.registry import TRANSFORMS
from torch.utils.data import DataLoader

from spidepth_mm.datasets import (
    DatasetNotFoundError,
    DepthDataset,
    MissingFramesError,
    TooManyBadImagesError,
    UnreadableImageError,
)

PIPELINE = [dict(type='LoadFrames'), dict(type='PackDepthInputs')]


class Folder(DepthDataset):
    """All of a folder's ten numbered images, whether they are there or not."""

    LAYOUT = ('0.png', '1.png')
    COUNT = 10

    def iter_samples(self):
        for number in range(self.COUNT):
            yield dict(
                img_path=os.path.join(self.data_root, f'{number}.png'),
                source_paths=[os.path.join(self.data_root, f'{number + offset}.png')
                              for offset in self.frame_offsets],
                frame_offsets=list(self.frame_offsets),
                cam2img=np.eye(3))


class Large(Folder):
    COUNT = 300


@pytest.fixture
def folder(tmp_path, image_writer):
    for number in range(10):
        image_writer(tmp_path / 'data' / f'{number}.png', size=(6, 4), seed=number)
    return tmp_path / 'data'


@pytest.fixture
def large_folder(folder):
    content = (folder / '0.png').read_bytes()
    for number in range(10, 300):
        (folder / f'{number}.png').write_bytes(content)
    return folder


class TestMissingFrames:

    def test_dropped_with_one_counted_warning(self, folder, logged):
        (folder / '4.png').unlink()
        dataset = Folder(str(folder), frame_offsets=(-1, 1))
        assert [dataset.get_data_info(index)['img_path'][-5] for index in range(len(dataset))] \
            == ['1', '2', '6', '7', '8']
        assert logged == [
            f'Folder: 5 of 10 samples lack a frame (1 the target, 4 a source of [-1, 1]); '
            f'first missing: {folder}/-1.png. They are left out.']

    def test_as_an_error(self, folder):
        with pytest.raises(MissingFramesError, match=r"2 of 10 .*Pass missing='drop'"):
            Folder(str(folder), missing='error')

    def test_a_missing_test_image_is_an_error(self, folder, logged):
        (folder / '4.png').unlink()
        with pytest.raises(MissingFramesError, match=r'1 of 10 samples lack a frame \(1 the '
                           r'target\); first missing: .*/4\.png\. Pass'):
            Folder(str(folder), frame_offsets=(), test_mode=True)
        assert len(Folder(str(folder), frame_offsets=(), test_mode=True, missing='drop')) == 9
        assert len(Folder(str(folder), frame_offsets=())) == 9

    def test_a_test_image_without_neighbour_is_dropped(self, folder, logged):
        assert len(Folder(str(folder), frame_offsets=(-1, ), test_mode=True)) == 9
        assert len(logged) == 1

    def test_nothing_left(self, folder, logged):
        with pytest.raises(MissingFramesError, match='Folder has no usable sample of 10'):
            Folder(str(folder), frame_offsets=(100, ))
        with pytest.raises(MissingFramesError, match='require_depth'):
            Folder(str(folder), frame_offsets=(), require_depth=True)


class TestConstructor:

    def test_absent_folder(self, tmp_path):
        with pytest.raises(DatasetNotFoundError) as error:
            Folder(str(tmp_path / 'none'))
        lines = str(error.value).splitlines()
        assert lines[0].startswith(f'Folder: no such folder: {str(tmp_path / "none")!r}')
        assert lines[1:4] == [
            'Expected layout:', f'  {tmp_path}/none/0.png', f'  {tmp_path}/none/1.png']
        assert '`make demo`' in lines[4]
        assert isinstance(error.value, FileNotFoundError)

    def test_ann_file_is_found_under_the_data_or_as_given(self, folder, tmp_path, monkeypatch):
        (folder / 'inside.txt').touch()
        (tmp_path / 'outside.txt').touch()
        monkeypatch.chdir(tmp_path)
        for name, path in (('inside.txt', folder), ('outside.txt', tmp_path)):
            dataset = Folder(str(folder), ann_file=name, frame_offsets=())
            assert dataset.ann_file == str(path / name)
        with pytest.raises(DatasetNotFoundError, match=r'No such ann_file: .*data/no.txt'):
            Folder(str(folder), ann_file='no.txt')

    def test_refuses_unknown_values(self, folder):
        with pytest.raises(ValueError, match="Valid values are None, 'drop', 'error'"):
            Folder(str(folder), missing='ignore')
        with pytest.raises(ValueError, match='either split or ann_file'):
            Folder(str(folder), split='a', ann_file='b')
        with pytest.raises(ValueError, match='Unknown frame offset'):
            Folder(str(folder), frame_offsets=(0.5, ))

    def test_does_not_change_the_config(self, folder):
        pipeline = copy.deepcopy(PIPELINE)
        Folder(str(folder), frame_offsets=(), pipeline=pipeline)
        assert pipeline == PIPELINE

    def test_takes_any_registrys_transforms_and_callables(self, folder):
        @TRANSFORMS.register_module(name='AddOneOfATest', force=True)
        class AddOne:

            def __call__(self, results):
                return dict(results, one=1)

        dataset = Folder(str(folder), frame_offsets=(), pipeline=[
            dict(type='AddOneOfATest'), lambda results: dict(results, two=results['one'] + 1)])
        assert dataset[0]['two'] == 2

    @pytest.mark.parametrize('serialize', [True, False])
    def test_both_ways_to_keep_the_list(self, folder, serialize):
        dataset = Folder(str(folder), frame_offsets=(1, ), pipeline=PIPELINE,
                         serialize_data=serialize, lazy_init=True)
        dataset.full_init()
        assert len(dataset) == 9
        assert dataset[3]['inputs'].shape == (2, 3, 4, 6)
        assert len(dataset.get_subset(4)) == 4


class TestUnreadableFiles:

    def test_replaced_counted_and_named_in_training(self, large_folder, logged):
        (large_folder / '4.png').write_bytes(b'')
        dataset = Large(str(large_folder), frame_offsets=(1, ), pipeline=PIPELINE)
        logged.clear()
        for index in (3, 4, 4):
            item = dataset[index]
            assert not item['data_samples'].img_path.endswith(('/3.png', '/4.png'))
        assert logged == [
            f'1 of 300 files cannot be read so far; latest: {large_folder}/4.png: zero bytes. '
            'Another sample takes its place.']

    def test_the_replacement_follows_the_seed(self, large_folder, logged):
        (large_folder / '4.png').write_bytes(b'')
        dataset = Large(str(large_folder), frame_offsets=(), pipeline=PIPELINE)

        def replacement():
            np.random.seed(3)
            return dataset[4]['data_samples'].img_path

        assert replacement() == replacement()

    def test_training_stops_when_there_are_too_many(self, large_folder, logged):
        for number in range(20, 24):
            (large_folder / f'{number}.png').write_bytes(b'')
        dataset = Large(str(large_folder), frame_offsets=(), pipeline=PIPELINE)
        for index in range(20, 23):
            dataset[index]
        with pytest.raises(TooManyBadImagesError, match=r'4 of 300 .*check the download'):
            dataset[23]

    def test_raises_in_test_mode(self, folder):
        content = (folder / '4.png').read_bytes()
        (folder / '4.png').write_bytes(content[:40])
        dataset = Folder(str(folder), frame_offsets=(), pipeline=PIPELINE, test_mode=True)
        with pytest.raises(UnreadableImageError, match=r'4.png: truncated after 40 bytes'):
            dataset[4]

    def test_workers_share_the_count(self, large_folder):
        # Each worker sees two of the four bad files: only together are they too many.
        for number in range(20, 24):
            (large_folder / f'{number}.png').write_bytes(b'')
        dataset = copy.deepcopy(
            Large(str(large_folder), frame_offsets=(), pipeline=PIPELINE))
        loader = DataLoader(
            torch.utils.data.Subset(dataset, range(20, 30)), batch_size=1, num_workers=2,
            collate_fn=pseudo_collate)
        batches, errors = iter(loader), []
        while True:  # to the end: workers with undelivered batches take seconds to stop
            try:
                next(batches)
            except StopIteration:
                break
            except TooManyBadImagesError as error:
                errors.append(str(error))
        assert any('4 of 300' in error for error in errors)
        assert dataset._bad_files.num_bad == 4

    def test_workers_give_the_same_samples_by_seed(self, folder):
        pipeline = [PIPELINE[0], dict(type='FlipFrames', prob=0.5), PIPELINE[1]]
        dataset = Folder(str(folder), frame_offsets=(), pipeline=pipeline)

        def flips(seed):
            loader = DataLoader(
                dataset, batch_size=5, num_workers=1, collate_fn=pseudo_collate,
                worker_init_fn=lambda worker: worker_init_fn(worker, 1, 0, seed))
            return [sample.flip for batch in loader for sample in batch['data_samples']]

        first = flips(1)
        assert first == flips(1)
        assert first != flips(2)
