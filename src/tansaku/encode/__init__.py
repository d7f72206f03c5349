"""Between the scientist's units and the encoded columns that the mathematics sees, both ways."""

from tansaku.encode.encoder import ENCODINGS, Encoder, encoder_for

__all__ = ["ENCODINGS", "Encoder", "encoder_for"]
