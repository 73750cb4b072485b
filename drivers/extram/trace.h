/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: who takes and gives what, and what goes over the wire. Never what the bytes are.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM extram

#if !defined(_EXTRAM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _EXTRAM_TRACE_H

#include <linux/tracepoint.h>

#include "compat.h"
#include "wire.h"

TRACE_EVENT(extram_alloc,
	TP_PROTO(const char *name, u64 length, u64 align, u32 flags, u64 offset, int err),
	TP_ARGS(name, length, align, flags, offset, err),
	TP_STRUCT__entry(
		__string(name, name)
		__field(u64, length)
		__field(u64, align)
		__field(u32, flags)
		__field(u64, offset)
		__field(int, err)
	),
	TP_fast_assign(
		extram_assign_str(name, name);
		__entry->length = length;
		__entry->align = align;
		__entry->flags = flags;
		__entry->offset = offset;
		__entry->err = err;
	),
	TP_printk("%s length=%llu align=%llu flags=%#x offset=%#llx err=%d", __get_str(name),
		  __entry->length, __entry->align, __entry->flags, __entry->offset, __entry->err)
);

TRACE_EVENT(extram_free,
	TP_PROTO(const char *name, u64 offset, int err),
	TP_ARGS(name, offset, err),
	TP_STRUCT__entry(
		__string(name, name)
		__field(u64, offset)
		__field(int, err)
	),
	TP_fast_assign(
		extram_assign_str(name, name);
		__entry->offset = offset;
		__entry->err = err;
	),
	TP_printk("%s offset=%#llx err=%d", __get_str(name), __entry->offset, __entry->err)
);

/* A block has become longer or shorter, and may have moved for it. */
TRACE_EVENT(extram_resize,
	TP_PROTO(const char *name, u64 offset, u64 length, u64 to, u64 to_length),
	TP_ARGS(name, offset, length, to, to_length),
	TP_STRUCT__entry(
		__string(name, name)
		__field(u64, offset)
		__field(u64, length)
		__field(u64, to)
		__field(u64, to_length)
	),
	TP_fast_assign(
		extram_assign_str(name, name);
		__entry->offset = offset;
		__entry->length = length;
		__entry->to = to;
		__entry->to_length = to_length;
	),
	TP_printk("%s offset=%#llx length=%llu to=%#llx length=%llu", __get_str(name),
		  __entry->offset, __entry->length, __entry->to, __entry->to_length)
);

/* The chip has forgotten what it held, for the count-th time. */
TRACE_EVENT(extram_lost,
	TP_PROTO(const char *name, u32 count),
	TP_ARGS(name, count),
	TP_STRUCT__entry(
		__string(name, name)
		__field(u32, count)
	),
	TP_fast_assign(
		extram_assign_str(name, name);
		__entry->count = count;
	),
	TP_printk("%s count=%u", __get_str(name), __entry->count)
);

/* Names that programs which read the binary records have to know the values of. */
TRACE_DEFINE_ENUM(EXTRAM_WIRE_READ);
TRACE_DEFINE_ENUM(EXTRAM_WIRE_WRITE);
TRACE_DEFINE_ENUM(EXTRAM_WIRE_ZERO);

#define extram_show_wire_op(op)			\
	__print_symbolic(op,			\
		{ EXTRAM_WIRE_READ, "read" },	\
		{ EXTRAM_WIRE_WRITE, "write" },	\
		{ EXTRAM_WIRE_ZERO, "zero-fill" })

TRACE_EVENT(extram_io_start,
	TP_PROTO(const char *name, unsigned int op, u64 addr, size_t len),
	TP_ARGS(name, op, addr, len),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned int, op)
		__field(u64, addr)
		__field(size_t, len)
	),
	TP_fast_assign(
		extram_assign_str(name, name);
		__entry->op = op;
		__entry->addr = addr;
		__entry->len = len;
	),
	TP_printk("%s %s addr=%#llx len=%zu", __get_str(name), extram_show_wire_op(__entry->op),
		  __entry->addr, __entry->len)
);

DECLARE_EVENT_CLASS(extram_io_result,
	TP_PROTO(const char *name, unsigned int op, u64 addr, size_t len, int err),
	TP_ARGS(name, op, addr, len, err),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned int, op)
		__field(u64, addr)
		__field(size_t, len)
		__field(int, err)
	),
	TP_fast_assign(
		extram_assign_str(name, name);
		__entry->op = op;
		__entry->addr = addr;
		__entry->len = len;
		__entry->err = err;
	),
	TP_printk("%s %s addr=%#llx len=%zu err=%d", __get_str(name),
		  extram_show_wire_op(__entry->op), __entry->addr, __entry->len, __entry->err)
);

DEFINE_EVENT(extram_io_result, extram_io_end,
	TP_PROTO(const char *name, unsigned int op, u64 addr, size_t len, int err),
	TP_ARGS(name, op, addr, len, err)
);

/* An error that stayed through all tries, or a chip that could not be set up: reaches the user. */
DEFINE_EVENT(extram_io_result, extram_fault,
	TP_PROTO(const char *name, unsigned int op, u64 addr, size_t len, int err),
	TP_ARGS(name, op, addr, len, err)
);

#endif /* _EXTRAM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
