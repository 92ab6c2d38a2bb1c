"""Records whose entries are attributes too, for `.records()`."""

# --- sent ---


class _gear_record(dict):
    def _gear_attribute(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None
    __getattr__ = _gear_attribute
