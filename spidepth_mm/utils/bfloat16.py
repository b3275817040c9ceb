"""Whether half precision pays."""

import torch


def has_fast_bfloat16(device: str = 'cpu') -> bool:
    """Whether a device multiplies bfloat16 faster than float32.

    A processor without instructions for it (AVX512-BF16, AMX, or ARM's BF16)
    converts to float32 and back, which takes longer than float32 alone.
    """
    if torch.device(device).type == 'cuda':
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    # PyTorch keeps this knowledge under names that differ between versions.
    checks = ('_is_avx512_bf16_supported', '_is_amx_tile_supported', '_is_arm_bf16_supported')
    return any(getattr(torch.cpu, name, bool)() for name in checks)
