"""spec_file: what a campaign is made of, from a YAML file."""

from __future__ import annotations

from pathlib import Path

from tansaku.campaign.description import CampaignDescription, described
from tansaku.errors import SpaceError, StoreError
from tansaku.language import _

LARGEST = 10**6
"""Characters of a file: a hundred parameters need a hundredth of it."""


def read_campaign_file(path: Path) -> CampaignDescription:
    """Read the file.

    Raises:
        StoreError: it cannot be read.
        SpaceError: it is no YAML, or a field is missing, unknown or of the wrong kind; names it.
    """
    from ruamel.yaml import YAML  # on demand: only this command needs it
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            _("The file {file} cannot be read: {why}.").format(file=path, why=error),
            _("Give a YAML file in UTF-8."),
        ) from error
    try:
        if len(text) > LARGEST:
            raise YAMLError(_("it is too long"))
        content = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError, LookupError, RecursionError) as error:
        # Beside its own errors ruamel lets through those of a 31st of February, a key that is a
        # list, or brackets without end.
        raise SpaceError(
            _("{file} is no YAML: {why}.").format(file=path, why=" ".join(str(error).split())),
            _("Write 'name: value' lines, as docs/spaces.md shows."),
        ) from error
    return described(content, str(path))
