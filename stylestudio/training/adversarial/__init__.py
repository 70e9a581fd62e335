"""Trains StyleGAN2 with adaptive discriminator augmentation (ADA) on a folder of pictures."""
