/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of extram-sim share: the models, the chips on the chip selects, the controller.
 *
 * Locking: the mutex of struct extram_sim guards every chip of the controller, its counters and the
 * fault injection. Whoever enters from outside takes it: callbacks of the SPI core, and the
 * extram_sim_* functions for suites and debugfs. Functions named sim_chip_* and sim_command_*
 * expect it to be held. Nothing else is locked while it is held, except by printing a warning.
 */
#ifndef _EXTRAM_SIM_INTERNAL_H
#define _EXTRAM_SIM_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "sim.h"

struct dentry;
struct device;
struct spi_controller;
struct spi_controller_mem_caps;
struct spi_controller_mem_ops;
struct spi_device;

/* What a command does. Kinds up to SIM_WRITE have the part's address and move data. */
enum sim_kind {
	SIM_NO_COMMAND,		/* ends a list of commands */
	SIM_READ,
	SIM_WRITE,
	SIM_RDSR,		/* status or mode register */
	SIM_WRSR,
	SIM_RDID,
	SIM_WREN,
	SIM_WRDI,
	SIM_RESET_ENABLE,
	SIM_RESET,
	SIM_SLEEP,
	SIM_WAKE,
	SIM_WRAP,		/* switches between linear and wrapped bursts */
	SIM_BUS,		/* from here on commands come on another number of lines */
	SIM_NOTHING,		/* taken, without effect */
};

/* Flags of struct sim_op */
#define SIM_ON_1		BIT(0)	/* known while commands come on one line */
#define SIM_ON_2		BIT(1)
#define SIM_ON_4		BIT(2)
#define SIM_ON_ANY		(SIM_ON_1 | SIM_ON_2 | SIM_ON_4)	/* as none of them */
#define SIM_BY_SELECT		BIT(3)	/* a sleep that ends when CE# falls, and not by SIM_WAKE */
#define SIM_FORGETS		BIT(4)	/* a sleep that costs the contents */

/**
 * struct sim_op - a command of a part
 * @opcode: the first byte
 * @kind: what it does
 * @flags: SIM_*
 * @addr_bytes: bytes of address of a command that is neither read nor write
 * @addr_lines: lines that carry the address, 0 for those of the opcode
 * @data_lines: lines that carry the data, 0 for those of the opcode
 * @bus: for SIM_BUS: lines on which commands come from here on
 * @wait: clocks between address and data while commands come on one, two, four lines
 * @base: what to add to the address; 256 for an opcode that carries bit 8
 * @wake_us: for SIM_SLEEP: time to wait after waking
 * @max_hz: fastest clock of the command, 0 for that of the part
 * @wrap_hz: the same while bursts are wrapped, 0 when it makes no difference
 * @wide_hz: the same while commands come on four lines
 */
struct sim_op {
	u8 opcode;
	u8 kind;
	u8 flags;
	u8 addr_bytes;
	u8 addr_lines;
	u8 data_lines;
	u8 bus;
	u8 wait[3];
	u16 base;
	u16 wake_us;
	u32 max_hz;
	u32 wrap_hz;
	u32 wide_hz;
};

/* Flags of struct sim_model */
#define SIM_VOLATILE		BIT(0)	/* forgets without power */
#define SIM_MODE_REGISTER	BIT(1)	/* the register holds byte, page or sequential mode */
#define SIM_LATCH		BIT(2)	/* writes need WREN */
#define SIM_LATCH_STICKS	BIT(3)	/* and one WREN is good for many of them */
#define SIM_WHOLE_WRITES	BIT(4)	/* a write that ends inside a byte is dropped as a whole */
#define SIM_SHY			BIT(5)	/* the first answer to RDID after power-up is wrong */
#define SIM_NEEDS_RESET		BIT(6)	/* after power-up, before anything else */
#define SIM_DEAD		BIT(7)	/* there is no chip, only a level on MISO */
#define SIM_EERAM		BIT(8)	/* the register has a busy bit, PRO and ASE */
#define SIM_SLOW_ARRAY		BIT(9)	/* @clean_hz is that of the memory, registers are faster */

#define SIM_MAX_ID		9

/**
 * struct sim_model - a part, by its datasheet
 * @name: name of the model
 * @part: the part that a driver takes it for, NULL when that is @name
 * @ops: its commands, NULL for dead ones
 * @addr_bytes: bytes of address on the wire; address bits beyond @size are ignored
 * @flags: SIM_*
 * @idle: what MISO carries while the part has nothing to say
 * @id_len: bytes of @id
 * @id: the answer to RDID
 * @reg_bytes: bytes of the register, 0 for 1; only the first one does anything
 * @reg_mask: bits of the status or mode register that can be written
 * @reg_power_up: the register after power-up, or as it leaves the factory where it is kept
 * @max_hz: fastest clock of commands that have none of their own
 * @size: capacity in bytes, a power of two
 * @ring: bytes in which a linear burst stays, 0 for the whole memory
 * @window: bytes in which a wrapped burst stays (mode register or SIM_WRAP), 0 for none
 * @page: linear bursts may run over one edge of such a page, 0 when there is no such limit
 * @cross_hz: and only up to this clock
 * @clean_hz: up to this clock MISO arrives as it was sent, 0 for all clocks
 * @tcem_ns: longest time that CE# may be low, 0 for no limit
 * @tcph_ns: shortest time that CE# must be high
 * @trst_ns: the same behind a reset
 * @busy_us: time after power-up in which an EERAM recalls its contents
 */
struct sim_model {
	const char *name;
	const char *part;
	const struct sim_op *ops;
	u8 addr_bytes;
	u16 flags;
	u8 idle;
	u8 id_len;
	u8 id[SIM_MAX_ID];
	u8 reg_bytes;
	u8 reg_mask;
	u8 reg_power_up;
	u32 max_hz;
	u32 size;
	u32 ring;
	u32 window;
	u32 page;
	u32 cross_hz;
	u32 clean_hz;
	u32 tcem_ns;
	u32 tcph_ns;
	u32 trst_ns;
	u32 busy_us;
};

/* The status register of parts with a latch. */
#define SIM_SR_WEL		BIT(1)
#define SIM_SR_BP		GENMASK(3, 2)
/* That of EERAM has more. */
#define SIM_SR_BUSY		BIT(0)
#define SIM_SR_PRO		BIT(5)	/* a burst stays in its page */
#define SIM_SR_ASE		BIT(6)	/* contents are saved when power fails */

/* Where a command stands. */
enum sim_phase {
	SIM_IN_OPCODE,
	SIM_IN_ADDRESS,
	SIM_IN_WAIT,		/* clocks between address and data */
	SIM_IN_DATA,
	SIM_DEAF,		/* until CE# rises */
};

/* The chip does not know how long CE# was high. */
#define SIM_HIGH_UNKNOWN	U32_MAX

/**
 * struct sim_chip - a chip on a chip select
 * @model: what it is; never NULL, an empty chip select has the model "none"
 * @dev: whose log it writes to
 * @cs: its chip select
 * @listed: it is in the configuration, and not only an empty chip select
 * @mem: contents, NULL for dead ones
 * @undo: what a write that may still be dropped has overwritten, NULL where writes last
 * @seed: of the next power-up contents
 * @cut: the power goes away for a moment when the system sleeps next
 * @noise_skip: transfers that are still undisturbed
 * @noise_left: transfers that are disturbed then
 * @noise: how
 * @reg: status or mode register
 * @sleep: the command that put it to sleep, NULL when it is awake
 * @awake_ns: monotonic time at which it is awake again
 * @busy_ns: monotonic time up to which it takes RDSR alone, U64_MAX for ever
 * @busy_reg: bits of the register that are set until then
 * @write_us: how long a write keeps it so, EXTRAM_SIM_FOR_EVER for one that does not end
 * @shy: the next answer to RDID is wrong
 * @armed: the last command enabled a reset
 * @was_reset: it has been reset since power-up
 * @wrap: bursts are wrapped
 * @lines: lines on which it expects commands
 * @high_need_ns: CE# high time that the next command needs
 * @high_ns: CE# high time that it will get, SIM_HIGH_UNKNOWN when the message does not say
 * @selected: CE# is low; all below are about this command
 * @phase: where the command stands
 * @op: the command, NULL before it is known and when the part does not know it
 * @opcode: its first byte
 * @has_opcode: @opcode is valid
 * @was_armed: @armed at the beginning
 * @waking: CE# woke the chip, which cannot follow the command
 * @strange: part of the opcode came on other lines than the chip expects
 * @drop: the data of this write change nothing
 * @aborted: the controller failed, the host is not to blame for what is missing
 * @at_edge: the next data byte lies behind the edge of a page
 * @header: bytes of address seen
 * @wait: clocks left until the data
 * @addr: address of the next data byte
 * @start: address in the command
 * @count: data bytes seen
 * @crossed: page edges passed
 * @value: the first of them
 * @bits: bits of an unfinished byte
 * @shift_in: what came in with them
 * @shift_out: what has still to go out during that byte, first bit on top
 * @odd: bits that were clocked and not counted as a byte yet
 * @hz: clock now
 * @max_hz: fastest clock during the command
 * @low_ps: time that CE# has been low, nominal
 * @raised: kinds of violations of this command
 * @stats: counters; without the sum of violations
 * @violations: counted by kind
 * @last: the last one in words
 * @told: what a test was told of it
 */
struct sim_chip {
	const struct sim_model *model;
	struct device *dev;
	unsigned int cs;
	bool listed;
	u8 *mem;
	u8 *undo;
	u32 seed;
	bool cut;
	u32 noise_skip;
	u32 noise_left;
	enum extram_sim_noise noise;

	u8 reg;
	const struct sim_op *sleep;
	u64 awake_ns;
	u64 busy_ns;
	u8 busy_reg;
	u32 write_us;
	bool shy;
	bool armed;
	bool was_reset;
	bool wrap;
	u8 lines;
	u32 high_need_ns;
	u32 high_ns;

	bool selected;
	enum sim_phase phase;
	const struct sim_op *op;
	u8 opcode;
	bool has_opcode;
	bool was_armed;
	bool waking;
	bool strange;
	bool drop;
	bool aborted;
	bool at_edge;
	u8 header;
	u8 wait;
	u32 addr;
	u32 start;
	u32 count;
	u32 crossed;
	u8 value;
	u8 bits;
	u8 shift_in;
	u8 shift_out;
	u8 odd;
	u32 hz;
	u32 max_hz;
	u64 low_ps;
	u32 raised;

	struct extram_sim_stats stats;
	u64 violations[EXTRAM_SIM_VIOLATIONS];
	char last[128];
	char told[128];
};

/**
 * struct extram_sim - a simulated controller
 * @ctlr: towards the SPI core
 * @cfg: limits; max_transfer and max_message may change, read with READ_ONCE()
 * @dir: its folder in debugfs
 * @maps: direct maps of its chips
 * @lock: protects all below
 * @chips: one per chip select
 * @first_ns: monotonic time of the first clock since the time was reset, 0 before it
 * @until_ns: monotonic time at which the wires are free again, where clocks take their time
 * @busy_ns: time in which there were clocks
 * @fail_skip: transfers that still work
 * @fail_left: transfers that fail then
 * @fail_err: with this
 */
struct extram_sim {
	struct spi_controller *ctlr;
	struct extram_sim_config cfg;
	struct dentry *dir;
	atomic_t maps;

	struct mutex lock;	/* all below */
	struct sim_chip chips[EXTRAM_SIM_MAX_CS];
	u64 first_ns;
	u64 until_ns;
	u64 busy_ns;
	u32 fail_skip;
	u32 fail_left;
	int fail_err;
};

/* models.c, and what it looks through */
extern const struct sim_model sim_model_none;
extern const struct sim_model sim_srams[];
extern const struct sim_model sim_psrams[];
extern const struct sim_model sim_nonvolatiles[];
const struct sim_model *sim_model_find(const char *name);

/* chip.c */
int sim_chip_init(struct sim_chip *chip, const struct sim_model *model, u32 seed);
void sim_chip_exit(struct sim_chip *chip);
void sim_chip_power_up(struct sim_chip *chip);
void sim_chip_forget(struct sim_chip *chip);
void sim_chip_select(struct sim_chip *chip);
void sim_chip_clock(struct sim_chip *chip, const u8 *tx, u8 *rx, size_t len, unsigned int bits,
		    unsigned int lines, u32 hz);
void sim_chip_wait(struct sim_chip *chip, u32 ns);
void sim_chip_deselect(struct sim_chip *chip);
void sim_chip_violation(struct sim_chip *chip, enum extram_sim_violation kind, const char *what);
void sim_chip_stats(const struct sim_chip *chip, struct extram_sim_stats *stats);
void sim_chip_reset_stats(struct sim_chip *chip);
const char *sim_violation_name(enum extram_sim_violation kind);

/* noise.c */
void sim_noise_clock(struct sim_chip *chip, const u8 *tx, u8 *rx, size_t len, unsigned int bits,
		     unsigned int lines, u32 hz);

/* command.c */
u8 sim_command_lines(const struct sim_chip *chip);
size_t sim_command_span(const struct sim_chip *chip, size_t len);
void sim_command_move(struct sim_chip *chip, const u8 *tx, u8 *rx, u32 n);
u8 sim_command_out(const struct sim_chip *chip);
void sim_command_take(struct sim_chip *chip, u8 in);
void sim_command_strange(struct sim_chip *chip);
void sim_command_end(struct sim_chip *chip);

/* controller.c */
struct extram_sim *sim_create(struct device *parent, const struct extram_sim_config *cfg);
void sim_suspend(struct extram_sim *sim);
struct extram_sim *sim_of(struct spi_controller *ctlr);
struct sim_chip *sim_chip_of(struct spi_device *spi);
void sim_select(struct spi_device *spi);
void sim_deselect(struct spi_device *spi);
u32 sim_real_hz(const struct extram_sim *sim, u32 asked);
bool sim_fails(struct extram_sim *sim, struct sim_chip *chip);

/* mem.c */
extern const struct spi_controller_mem_caps sim_mem_caps;
extern const struct spi_controller_mem_ops sim_mem_ops;
extern const struct spi_controller_mem_ops sim_map_ops;

/* time.c */
void sim_time_begin(struct extram_sim *sim);
void sim_time_pass(struct extram_sim *sim, u64 clocks, u32 hz, u32 ns);
void sim_time_wait(struct extram_sim *sim);

/* platform.c */
extern struct device *sim_root;
extern unsigned int sim_seed;

/* debugfs.c */
#if IS_ENABLED(CONFIG_DEBUG_FS)
void sim_debugfs_init(void);
void sim_debugfs_exit(void);
void sim_debugfs_add(struct extram_sim *sim);
void sim_debugfs_remove(struct extram_sim *sim);
#else
static inline void sim_debugfs_init(void) {}
static inline void sim_debugfs_exit(void) {}
static inline void sim_debugfs_add(struct extram_sim *sim) {}
static inline void sim_debugfs_remove(struct extram_sim *sim) {}
#endif

#endif /* _EXTRAM_SIM_INTERNAL_H */
