// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU plugin: counts the guest's instructions between the markers of marker.h and prints, for each id, how many
 * operations there were, their sum and the largest. Instructions are added when a translated block is entered; blocks end
 * at system calls, so none straddles a marker.
 *
 * Debian has no header for the plugin interface with QEMU 7.2: what is used of it is declared here, from QEMU's
 * documentation ("QEMU TCG Plugins"). PLUGIN_VERSION is the interface version that QEMU is told.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "marker.h"

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION 1
#endif

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*cb)(unsigned int cpu, void *data),
					  int flags, void *data);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id,
					  void (*cb)(qemu_plugin_id_t id, unsigned int cpu, int64_t num, uint64_t a1,
						     uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
						     uint64_t a6, uint64_t a7, uint64_t a8));
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

static uint64_t executed, began;
static struct {
	uint64_t n, sum, max;
} total[MARKER_IDS][2];
static const char *out_path;

static void on_block(unsigned int cpu, void *data)
{
	(void)cpu;
	executed += (uintptr_t)data;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, 0, (void *)(uintptr_t)qemu_plugin_tb_n_insns(tb));
}

static void on_syscall(qemu_plugin_id_t id, unsigned int cpu, int64_t num, uint64_t what, uint64_t key, uint64_t a3,
		       uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
	uint64_t n = executed - began;

	(void)id, (void)cpu, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
	if (num != MARKER_SYSCALL || key >= MARKER_IDS)
		return;
	if (what == MARKER_BEGIN) {
		began = executed;
		return;
	}
	total[key][what == MARKER_FREE].n++;
	total[key][what == MARKER_FREE].sum += n;
	if (n > total[key][what == MARKER_FREE].max)
		total[key][what == MARKER_FREE].max = n;
}

static void on_exit(qemu_plugin_id_t id, void *data)
{
	FILE *f = fopen(out_path, "w");
	unsigned int i, k;

	(void)id;
	(void)data;
	if (!f) {
		perror(out_path);
		return;
	}
	for (i = 0; i < MARKER_IDS; i++)
		for (k = 0; k < 2; k++)
			if (total[i][k].n)
				fprintf(f, "%u %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", i, k ? "free" : "alloc",
					total[i][k].n, total[i][k].sum, total[i][k].max);
	fclose(f);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	const char *p;

	(void)info;
	if (argc < 1)
		return -1;
	for (p = argv[0]; *p && *p != '='; p++)
		;
	if (!*p)
		return -1;
	out_path = p + 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
	qemu_plugin_register_atexit_cb(id, on_exit, NULL);
	return 0;
}
