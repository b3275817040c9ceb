"""The reference's self query layer and this package's ``SQLHead``."""

from .name_map import NameMap

SQL_HEAD = NameMap([
    ('positional_encodings', 'query_transformer.positional_encodings'),
    ('embedding_convPxP.{leaf}', 'query_transformer.patch_embed.{leaf}'),
    ('transformer_encoder.{rest}', 'query_transformer.encoder.{rest}'),
    ('conv3x3.{leaf}', 'feature_proj.{leaf}'),
    ('bins_regressor.{i}.{leaf}', 'bin_mlp.{i}.{leaf}'),
    ('convert_to_prob.0.{leaf}', 'bin_conv.{leaf}'),
])
