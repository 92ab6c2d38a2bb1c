#!/bin/sh
# Stands for rustdoc in `cargo xtask docs`: documents the crates that are published twice, for people and as the JSON
# in which public-api looks what they offer. Both at once, as cargo then keeps both with the rest of the documentation.
set -e
rustdoc "$@"
for word in "$@"; do
    case "$word" in
    gears_python | gears_macros | gears_runtime | gears_cli)
        # The JSON has no stable form. That of the pinned toolchain is the one that the pinned public-api reads.
        RUSTC_BOOTSTRAP=1 exec rustdoc "$@" -Z unstable-options --output-format json
        ;;
    esac
done
