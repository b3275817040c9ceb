# A fine-tuned model as fine-tuned models are published (Table 2): the 652 Eigen test images that
# have annotated ground truth, the Garg crop within the benchmark crop, in metres. Train it with
# kitti_finetune.py.
_base_ = './kitti_finetune.py'
test_dataloader = dict(
    dataset=dict(
        split='eigen_benchmark_test', ground_truth='annotated', depth_root=_base_.depth_root))
test_evaluator = dict(protocol='kitti_eigen_annotated')
