/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Put before a file of the driver by the compiler's command line: its spinlock keeps interrupts off. A
 * measurement of how long the lock is held then has nothing in it but the driver's own work. Only
 * for files that take no other spinlock and are never called with interrupts off.
 */
#include <linux/spinlock.h>

#define spin_lock(lock)		spin_lock_irq(lock)
#define spin_unlock(lock)	spin_unlock_irq(lock)
