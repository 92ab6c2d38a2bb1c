"""Makes a `dict` of the fields that a command replies one after the other."""

# --- sent ---


def _gear_fields(flat):
    names = [bytes(name) if isinstance(name, bytearray) else name for name in flat[::2]]
    return dict(zip(names, flat[1::2]))
