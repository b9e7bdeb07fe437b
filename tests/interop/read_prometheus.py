"""Reads a metrics page as Prometheus does, with its own Python library, and prints what it found.

    read_prometheus.py ADDRESS    of a page at /metrics

One line for each metric, `name type`, and one for each sample below it: name, sorted labels, value.
"""

import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def main():
    url = f"http://{sys.argv[1]}/metrics"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=20) as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = response.read().decode()
    for family in text_string_to_metric_families(text):
        print(family.name, family.type)
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            print(f"  {sample.name} {labels} {sample.value!r}")
    print("end", flush=True)


if __name__ == "__main__":
    main()
