from .fsdp_strategy import FSDPStrategy

__all__ = ['FSDPStrategy']
