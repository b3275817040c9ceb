# The headline model, tested on the 652 Eigen test images that have annotated ground truth.
# depth_root: where data_depth_annotated.zip was unpacked (it has train/ and val/).
_base_ = ['./kitti.py']
test_dataloader = dict(
    dataset=dict(
        split='eigen_benchmark_test', ground_truth='annotated', depth_root='data/kitti_depth'))
test_evaluator = dict(protocol='kitti_eigen_improved')
