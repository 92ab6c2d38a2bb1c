    import os

    return os.sep
