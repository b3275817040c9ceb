# The headline model with weights, gradients and optimiser states shared out over the GPUs (FSDP),
# for GPUs that do not hold a copy of all: tools/dist_train.sh configs/spidepth/kitti_fsdp.py 8
_base_ = './kitti.py'
# Without StrictLoadHook: no process has the whole model to compare a checkpoint with.
custom_hooks = [dict(type='PlainCheckpointHook'), dict(type='SplitLeakHook')]
runner_type = 'FlexibleRunner'
strategy = dict(
    type='spidepth_mm.FSDPStrategy',
    # One file with all weights, as without FSDP: it resumes on any number of GPUs, and is tested
    # with kitti.py.
    state_dict_cfg='full',
    model_wrapper=dict(
        type='MMFullyShardedDataParallel',
        use_orig_params=True,
        sync_module_states=True,
        # Each part of 10 million weights is gathered when it is its turn.
        auto_wrap_policy=dict(
            type='torch.distributed.fsdp.wrap.size_based_auto_wrap_policy',
            min_num_params=10_000_000)))
