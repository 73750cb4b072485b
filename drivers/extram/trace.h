/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: who takes and gives what, and what goes over the wire. Never what the bytes are.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM extram

#if !defined(_EXTRAM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _EXTRAM_TRACE_H

#include <linux/tracepoint.h>

#include "wire.h"

TRACE_EVENT(extram_alloc,
	TP_PROTO(int id, u64 length, u64 align, u32 flags, u64 offset, int err),
	TP_ARGS(id, length, align, flags, offset, err),
	TP_STRUCT__entry(
		__field(int, id)
		__field(u64, length)
		__field(u64, align)
		__field(u32, flags)
		__field(u64, offset)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->length = length;
		__entry->align = align;
		__entry->flags = flags;
		__entry->offset = offset;
		__entry->err = err;
	),
	TP_printk("extram%d length=%llu align=%llu flags=%#x offset=%#llx err=%d", __entry->id,
		  __entry->length, __entry->align, __entry->flags, __entry->offset, __entry->err)
);

TRACE_EVENT(extram_free,
	TP_PROTO(int id, u64 offset, int err),
	TP_ARGS(id, offset, err),
	TP_STRUCT__entry(
		__field(int, id)
		__field(u64, offset)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->offset = offset;
		__entry->err = err;
	),
	TP_printk("extram%d offset=%#llx err=%d", __entry->id, __entry->offset, __entry->err)
);

#define extram_show_wire_op(op)			\
	__print_symbolic(op,			\
		{ EXTRAM_WIRE_READ, "read" },	\
		{ EXTRAM_WIRE_WRITE, "write" },	\
		{ EXTRAM_WIRE_ZERO, "zero-fill" })

TRACE_EVENT(extram_io_start,
	TP_PROTO(int id, unsigned int op, u64 addr, size_t len),
	TP_ARGS(id, op, addr, len),
	TP_STRUCT__entry(
		__field(int, id)
		__field(unsigned int, op)
		__field(u64, addr)
		__field(size_t, len)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->op = op;
		__entry->addr = addr;
		__entry->len = len;
	),
	TP_printk("extram%d %s addr=%#llx len=%zu", __entry->id, extram_show_wire_op(__entry->op),
		  __entry->addr, __entry->len)
);

DECLARE_EVENT_CLASS(extram_io_result,
	TP_PROTO(int id, unsigned int op, u64 addr, size_t len, int err),
	TP_ARGS(id, op, addr, len, err),
	TP_STRUCT__entry(
		__field(int, id)
		__field(unsigned int, op)
		__field(u64, addr)
		__field(size_t, len)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->op = op;
		__entry->addr = addr;
		__entry->len = len;
		__entry->err = err;
	),
	TP_printk("extram%d %s addr=%#llx len=%zu err=%d", __entry->id,
		  extram_show_wire_op(__entry->op), __entry->addr, __entry->len, __entry->err)
);

DEFINE_EVENT(extram_io_result, extram_io_end,
	TP_PROTO(int id, unsigned int op, u64 addr, size_t len, int err),
	TP_ARGS(id, op, addr, len, err)
);

/* An error that stayed through all tries, and reaches the user. */
DEFINE_EVENT(extram_io_result, extram_fault,
	TP_PROTO(int id, unsigned int op, u64 addr, size_t len, int err),
	TP_ARGS(id, op, addr, len, err)
);

#endif /* _EXTRAM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
