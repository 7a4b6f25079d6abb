"""One loop over a heap of events: what one writes in plain Python."""

import heapq


def run(arrived, service, fails):
    stations, n = len(service), len(arrived)
    service, fails, arrived = service.tolist(), fails.tolist(), arrived.tolist()
    busy, waits = [False] * stations, [-1] * stations
    delivered = failed = superseded = 0
    lead = last = 0.0
    # (time, -station, revision): of two at the same time the later station comes first, arrivals come last
    events = [(arrived[0], 1, 0)]
    while events:
        t, where, i = heapq.heappop(events)
        if where == 1:
            if i + 1 < n:
                heapq.heappush(events, (arrived[i + 1], 1, i + 1))
            k = 0
        else:
            k = -where
            busy[k] = False
            if fails[k][i]:
                failed += 1
                i = -1
            if waits[k] >= 0:
                heapq.heappush(events, (t + service[k][waits[k]], -k, waits[k]))
                busy[k], waits[k] = True, -1
            k += 1
            if i < 0:
                continue
            if k == stations:
                delivered += 1
                lead += t - arrived[i]
                last = t
                continue
        if not busy[k]:
            busy[k] = True
            heapq.heappush(events, (t + service[k][i], -k, i))
        else:
            superseded += waits[k] >= 0
            waits[k] = i
    return delivered, failed, superseded, lead, last
