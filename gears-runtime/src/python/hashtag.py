"""The name `hashtag3`, which RedGrease has beside `hashtag`."""

# --- sent ---
try:
    hashtag3
except NameError:
    def hashtag3():
        return '{%s}' % hashtag()
