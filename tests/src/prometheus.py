"""Reads figures as Prometheus' client for Python does: of the standard input, or from a URL."""

import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

if len(sys.argv) > 1:
    with urllib.request.urlopen(sys.argv[1], timeout=30) as answer:
        media, text = answer.headers["Content-Type"], answer.read().decode()
else:
    media, text = None, sys.stdin.buffer.read().decode()
samples = [
    {
        "family": family.name,
        "kind": family.type,
        "help": family.documentation,
        "name": sample.name,
        "labels": sample.labels,
        # JSON has no number for what is none.
        "value": None if sample.value != sample.value else sample.value,
    }
    for family in text_string_to_metric_families(text)
    for sample in family.samples
]
print(json.dumps({"media": media, "samples": samples}))
