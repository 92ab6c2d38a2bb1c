"""Packs a folder with the same bytes each time, by any system's Python."""

import gzip
import os
import sys
import tarfile

parent, name, archive = sys.argv[1:]


def plain(member):
    """Leaves out what differs from machine to machine: times, owners, and what their masks take away."""
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


with open(archive, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        # Members of a folder are added in order.
        tar.add(os.path.join(parent, name), arcname=name, filter=plain)
