/* The superseding line in C: with numbers that are given, and with numbers of its own. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct { double delivered, failed, superseded, lead, last; } told_t;

/* Who comes to a door settles what became of the one who waited there. */
#define THROUGH_DOORS(T, WHO, NEEDS, WRONG)                                                                  \
    for (int k = 0;;) {                                                                                      \
        int64_t w = waits[k];                                                                                \
        double begin = since[k] > upto[k] ? since[k] : upto[k];                                              \
        waits[k] = (WHO);                                                                                    \
        since[k] = (T);                                                                                      \
        if (w < 0) break;                                                                                    \
        if ((T) < begin) { told.superseded++; break; }                                                       \
        T = begin + (NEEDS);                                                                                 \
        upto[k] = T;                                                                                         \
        if (WRONG) { told.failed++; break; }                                                                 \
        if (++k == stations) { told.delivered++; told.lead += T - came[w % keep]; told.last = T; break; }    \
        WHO = w;                                                                                             \
    }

void given(int64_t n, int stations, const double *arrived, const double *service, const uint8_t *fails, double *out) {
    double upto[64] = {0}, since[64] = {0};
    int64_t waits[64], keep = n;
    const double *came = arrived;
    told_t told = {0};
    for (int k = 0; k < stations; k++) waits[k] = -1;
    for (int64_t i = 0; i < n + stations; i++) {
        if (i < n) {
            double t = arrived[i];
            int64_t who = i;
            THROUGH_DOORS(t, who, service[k * n + w], fails[k * n + w])
        } else { /* at the end the doors are emptied, front to back */
            int first = (int)(i - n);
            int64_t who = -1;
            double t = INFINITY;
            for (int k = first;;) {
                int64_t w = waits[k];
                double begin = since[k] > upto[k] ? since[k] : upto[k];
                waits[k] = who;
                since[k] = t;
                if (w < 0) break;
                if (t < begin) { told.superseded++; break; }
                t = begin + service[k * n + w];
                upto[k] = t;
                if (fails[k * n + w]) { told.failed++; break; }
                if (++k == stations) { told.delivered++; told.lead += t - arrived[w]; told.last = t; break; }
                who = w;
            }
        }
    }
    out[0] = told.delivered; out[1] = told.failed; out[2] = told.superseded; out[3] = told.lead; out[4] = told.last;
}

static uint64_t s[4];
static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
static inline double uniform(void) { /* xoshiro256+ of Blackman and Vigna */
    uint64_t result = s[0] + s[3], t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return (double)(result >> 11) * 0x1.0p-53;
}

void own(int64_t n, int stations, double rate, double p, uint64_t seed, double *out) {
    double upto[64] = {0}, since[64] = {0}, came[256], t0 = 0;
    int64_t waits[64], keep = 256;
    told_t told = {0};
    for (int j = 0; j < 4; j++) s[j] = seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    for (int k = 0; k < stations; k++) waits[k] = -1;
    for (int64_t i = 0; i < n; i++) {
        t0 -= log1p(-uniform()) / rate;
        came[i % keep] = t0;
        double t = t0;
        int64_t who = i;
        THROUGH_DOORS(t, who, -log1p(-uniform()), uniform() < p)
    }
    out[0] = told.delivered; out[1] = told.failed; out[2] = told.superseded; out[3] = told.lead; out[4] = told.last;
}
