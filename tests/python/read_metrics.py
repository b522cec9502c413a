"""Reads an OpenMetrics file with the collector's own parser and prints its samples as one JSON object.

Fails when the file is not OpenMetrics, or when a metric has no help.
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def main(path):
    with open(path, encoding="utf-8") as file:
        families = list(text_string_to_metric_families(file.read()))
    samples = {}
    for family in families:
        if not family.documentation:
            sys.exit(f"{family.name} has no help")
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            if name in samples:
                sys.exit(f"{name} is there twice")
            samples[name] = sample.value
    print(json.dumps(samples))


main(sys.argv[1])
