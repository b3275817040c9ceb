# ConvNeXt-L without SPI, fine-tuned: the same depth net, from weights of the other pose net.
_base_ = './spidepth_convnext_large_kitti_finetune_320x1024.py'
load_from = 'checkpoints/spidepth_convnext_large_posecnn_kitti_320x1024.pth'
