// SPDX-License-Identifier: GPL-2.0
/*
 * Two simulated accelerometers on buses of their own, for tests in the guest: an ADXL345 at address 0x53 of I2C bus 7, and an
 * IIS3DWB on SPI bus 7, chip select 0, which gets a spidev. Both fill a FIFO by the kernel's monotonic clock and raise
 * a line of a gpio chip at their watermark. Each sample tells its index, as acceltest.Sample in hw/accel does.
 *
 * Registers are those that the drivers use, as the data sheets describe them; see hw/accel/adxl345 and hw/accel/iis3dwb.
 * Transfers take no time beyond the kernel's own.
 */
#include <linux/gpio/driver.h>
#include <linux/hrtimer.h>
#include <linux/i2c.h>
#include <linux/irq.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/spi/spi.h>
#include <linux/version.h>

#define BUS 7
#define ADXL_ADDRESS 0x53

static int ppm;
module_param(ppm, int, 0444);
MODULE_PARM_DESC(ppm, "how much faster than nominal both chips sample, in millionths");
static unsigned long adxl_overwritten, iis_overwritten;
module_param(adxl_overwritten, ulong, 0444);
module_param(iis_overwritten, ulong, 0444);

struct chip {
	spinlock_t lock;
	struct hrtimer timer;
	unsigned int line;
	unsigned long *overwritten;
	int (*watermark)(struct chip *c); /* 0: no interrupt */
	u8 regs[256];
	u32 millihertz; /* 0: standby */
	u32 depth;      /* 0: the FIFO is off */
	u32 stamps;     /* a word of time follows each sample whose index this divides; 0: none */
	ktime_t begun;
	u64 base, next; /* samples: when begun, and so far */
	u32 level; /* entries: samples and words of time */
	bool full, raised;
};

static struct chip adxl, iis;
static struct gpio_chip gpio;

/* Samples taken since the chip began to measure. */
static u64 taken(struct chip *c, ktime_t now)
{
	u64 ns = ktime_to_ns(ktime_sub(now, c->begun));

	return mul_u64_u64_div_u64(ns, c->millihertz, 1000ull * NSEC_PER_SEC);
}

/* How many entries of the FIFO the first n samples make. */
static u64 entries(struct chip *c, u64 n)
{
	return c->stamps ? n + div_u64(n + c->stamps - 1, c->stamps) : n;
}

/* How many samples are among the first n entries. */
static u64 samples(struct chip *c, u64 n)
{
	u64 groups;
	u32 rest;

	if (!c->stamps)
		return n;
	groups = div_u64_rem(n, c->stamps + 1, &rest);
	return groups * c->stamps + (rest > 1 ? rest - 1 : rest);
}

/* Which sample the oldest entry belongs to; in an empty FIFO the newest of all. */
static u64 entry(struct chip *c, bool *is_stamp)
{
	u64 first = entries(c, c->next) - c->level;
	u32 rest;

	*is_stamp = false;
	if (!c->level)
		return c->next ? c->next - 1 : 0;
	if (c->stamps) {
		div_u64_rem(first, c->stamps + 1, &rest);
		*is_stamp = rest == 1;
	}
	return samples(c, first) - *is_stamp;
}

/* Takes the samples that are due. */
static void update(struct chip *c)
{
	u64 due, oldest, newest;

	if (!c->millihertz)
		return;
	due = c->base + taken(c, ktime_get());
	if (due <= c->next)
		return;
	oldest = entries(c, c->next) - c->level;
	c->next = due;
	if (!c->depth)
		return;
	newest = entries(c, c->next);
	if (newest - oldest >= c->depth) {
		c->full = true;
		*c->overwritten += samples(c, newest - c->depth) - samples(c, oldest);
		oldest = newest - c->depth;
	}
	c->level = newest - oldest;
}

static bool is_high(struct chip *c)
{
	int watermark = c->watermark(c);

	return watermark && c->level >= watermark;
}

/* Looks when the line rises next, and sets the timer for then. */
static void plan(struct chip *c)
{
	u64 sample;
	int watermark = c->watermark(c);

	if (!is_high(c))
		c->raised = false;
	if (!watermark || !c->millihertz || !c->depth || c->raised)
		return;
	sample = c->next;
	if (c->level < watermark) {
		u64 wanted = entries(c, c->next) + watermark - c->level;

		while (entries(c, sample) < wanted)
			sample++;
	}
	sample -= c->base;
	hrtimer_start(&c->timer, ktime_add_ns(c->begun, mul_u64_u64_div_u64(sample, 1000ull * NSEC_PER_SEC, c->millihertz) + 1000), HRTIMER_MODE_ABS);
}

static enum hrtimer_restart rise(struct hrtimer *timer)
{
	struct chip *c = container_of(timer, struct chip, timer);
	unsigned long flags;
	bool edge;

	spin_lock_irqsave(&c->lock, flags);
	update(c);
	edge = is_high(c) && !c->raised;
	if (edge)
		c->raised = true;
	spin_unlock_irqrestore(&c->lock, flags);
	if (edge)
		generic_handle_domain_irq(gpio.irq.domain, c->line);
	return HRTIMER_NORESTART;
}

static void run(struct chip *c, u32 millihertz)
{
	update(c);
	c->base = c->next;
	c->begun = ktime_get();
	c->millihertz = millihertz ? (u32)div_u64((u64)millihertz * (1000000 + ppm), 1000000) : 0;
}

static void empty(struct chip *c)
{
	update(c);
	c->level = 0;
	c->full = false;
}

static void pop(struct chip *c)
{
	if (c->level)
		c->level--;
	if (!is_high(c))
		c->raised = false;
}

/* One byte of the oldest sample, low byte first: the value stands in the upper 8 bits of each axis. */
static u8 oldest(struct chip *c, unsigned int byte)
{
	bool is_stamp;
	u64 index = entry(c, &is_stamp);
	u8 x, y;

	/* Three ticks of 25 us are two samples. */
	if (is_stamp)
		return byte < 4 ? (u32)div_u64(index * 3, 2) >> (8 * byte) : 0;
	x = index;
	y = index >> 8;
	switch (byte) {
	case 1: return x;
	case 3: return y;
	case 5: return x ^ y ^ 0x5a;
	default: return 0;
	}
}

/* --- ADXL345 on I2C ------------------------------------------------------------------------------------------------ */

static int adxl_watermark(struct chip *c)
{
	return c->regs[0x2e] & 2 && !(c->regs[0x2f] & 2) ? c->regs[0x38] & 0x1f : 0;
}

static u8 adxl_read(struct chip *c, u8 reg, bool last)
{
	u8 value;

	switch (reg) {
	case 0x00: return 0xe5;
	case 0x39: return c->level;
	case 0x32 ... 0x37:
		value = oldest(c, reg - 0x32);
		if (last || reg == 0x37)
			pop(c);
		return value;
	default: return c->regs[reg];
	}
}

static void adxl_write(struct chip *c, u8 reg, u8 value)
{
	c->regs[reg] = value;
	switch (reg) {
	case 0x38:
		c->depth = value >> 6 == 2 ? 33 : 0;
		if (!c->depth)
			empty(c);
		break;
	case 0x2c:
	case 0x2d:
		run(c, c->regs[0x2d] & 8 ? 3200000 >> (15 - (c->regs[0x2c] & 15)) : 0);
		break;
	}
}

static int adxl_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int count)
{
	static u8 reg;
	unsigned long flags;
	int i, j;

	for (i = 0; i < count; i++)
		if (msgs[i].addr != ADXL_ADDRESS)
			return -ENXIO;
	spin_lock_irqsave(&adxl.lock, flags);
	update(&adxl);
	for (i = 0; i < count; i++)
		for (j = 0; j < msgs[i].len; j++) {
			if (msgs[i].flags & I2C_M_RD)
				msgs[i].buf[j] = adxl_read(&adxl, reg++, j == msgs[i].len - 1);
			else if (j == 0)
				reg = msgs[i].buf[0];
			else
				adxl_write(&adxl, reg++, msgs[i].buf[j]);
		}
	plan(&adxl);
	spin_unlock_irqrestore(&adxl.lock, flags);
	return count;
}

static u32 adxl_functions(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm adxl_algorithm = { .master_xfer = adxl_transfer, .functionality = adxl_functions };
static struct i2c_adapter adapter = { .owner = THIS_MODULE, .algo = &adxl_algorithm, .name = "simaccel", .nr = BUS };

/* --- IIS3DWB on SPI ------------------------------------------------------------------------------------------------ */

static int iis_watermark(struct chip *c)
{
	return c->regs[0x0d] & 8 ? c->regs[0x07] | (c->regs[0x08] & 1) << 8 : 0;
}

static u8 iis_read(struct chip *c, u8 reg)
{
	u8 value;
	bool is_stamp;
	u64 index;

	switch (reg) {
	case 0x0f: return 0x7b;
	case 0x3a: return c->level;
	case 0x3b:
		value = (c->level >> 8 & 3) | (c->full ? 8 : 0) | (c->depth && c->level >= c->depth ? 0x40 : 0);
		c->full = false;
		return value;
	case 0x78:
		index = entry(c, &is_stamp);
		return c->level ? (is_stamp ? 4 : 2) << 3 | (index & 3) << 1 : 0;
	case 0x79 ... 0x7e:
		value = oldest(c, reg - 0x79);
		if (reg == 0x7e)
			pop(c);
		return value;
	default: return c->regs[reg];
	}
}

static void iis_write(struct chip *c, u8 reg, u8 value)
{
	if (reg == 0x12 && value & 1) {
		run(c, 0);
		memset(c->regs, 0, sizeof(c->regs));
		c->regs[0x12] = 4;
		c->depth = 0;
		empty(c);
		return;
	}
	c->regs[reg] = value;
	switch (reg) {
	case 0x0a:
		empty(c);
		c->depth = (value & 7) == 6 && (c->regs[0x09] & 15) == 10 ? 512 : 0;
		c->stamps = c->regs[0x19] & 0x20 ? (u32[]){ 0, 1, 8, 32 }[value >> 6] : 0;
		break;
	case 0x10:
		run(c, value >> 5 == 5 ? 26666667 : 0);
		break;
	}
}

static bool selected;

static void iis_select(struct spi_device *device, bool level)
{
	selected = false; /* either way the next byte is an address */
}

static int iis_transfer(struct spi_controller *controller, struct spi_device *device, struct spi_transfer *transfer)
{
	static u8 reg;
	static bool reads;
	const u8 *tx = transfer->tx_buf;
	u8 *rx = transfer->rx_buf;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&iis.lock, flags);
	update(&iis);
	for (i = 0; i < transfer->len; i++) {
		u8 out = tx ? tx[i] : 0, in = 0xff;

		if (!selected) {
			selected = true;
			reg = out & 0x7f;
			reads = out & 0x80;
		} else if (reads) {
			in = iis_read(&iis, reg);
			reg = reg == 0x7e ? 0x78 : reg + 1;
		} else {
			iis_write(&iis, reg++ & 0x7f, out);
		}
		if (rx)
			rx[i] = in;
	}
	plan(&iis);
	spin_unlock_irqrestore(&iis.lock, flags);
	return 0;
}

/* spidev serves only names that it knows; this one is its generic converter. */
static struct spi_board_info board = { .modalias = "dh2228fv", .max_speed_hz = 10000000, .bus_num = BUS, .chip_select = 0, .mode = SPI_MODE_3 };

/* --- the interrupt lines ------------------------------------------------------------------------------------------- */

static int line_get(struct gpio_chip *chip, unsigned int offset)
{
	struct chip *c = offset ? &iis : &adxl;
	unsigned long flags;
	bool high;

	spin_lock_irqsave(&c->lock, flags);
	update(c);
	high = is_high(c);
	spin_unlock_irqrestore(&c->lock, flags);
	return high;
}

static int line_direction(struct gpio_chip *chip, unsigned int offset)
{
	return GPIO_LINE_DIRECTION_IN;
}

static int line_input(struct gpio_chip *chip, unsigned int offset)
{
	return 0;
}

static void line_mask(struct irq_data *data)
{
	gpiochip_disable_irq(&gpio, irqd_to_hwirq(data));
}

static void line_unmask(struct irq_data *data)
{
	gpiochip_enable_irq(&gpio, irqd_to_hwirq(data));
}

static int line_type(struct irq_data *data, unsigned int type)
{
	return type & IRQ_TYPE_LEVEL_MASK ? -EINVAL : 0;
}

static const struct irq_chip lines = {
	.name = "simaccel",
	.irq_mask = line_mask,
	.irq_unmask = line_unmask,
	.irq_set_type = line_type,
	.flags = IRQCHIP_IMMUTABLE,
	GPIOCHIP_IRQ_RESOURCE_HELPERS,
};

static const char *const line_names[] = { "simaccel-adxl345", "simaccel-iis3dwb" };
static struct gpio_chip gpio = {
	.label = "simaccel",
	.owner = THIS_MODULE,
	.base = -1,
	.ngpio = ARRAY_SIZE(line_names),
	.names = line_names,
	.get = line_get,
	.get_direction = line_direction,
	.direction_input = line_input,
};

/* --- coming and going ---------------------------------------------------------------------------------------------- */

static struct platform_device *device;
static struct spi_controller *controller;

static void chip_init(struct chip *c, unsigned int line, unsigned long *overwritten, int (*watermark)(struct chip *))
{
	spin_lock_init(&c->lock);
	hrtimer_init(&c->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	c->timer.function = rise;
	c->line = line;
	c->overwritten = overwritten;
	c->watermark = watermark;
}

static void chip_stop(struct chip *c)
{
	unsigned long flags;

	spin_lock_irqsave(&c->lock, flags);
	c->millihertz = 0;
	spin_unlock_irqrestore(&c->lock, flags);
	hrtimer_cancel(&c->timer);
}

static int __init simaccel_init(void)
{
	int error;

	chip_init(&adxl, 0, &adxl_overwritten, adxl_watermark);
	adxl.regs[0x2c] = 0x0a;
	chip_init(&iis, 1, &iis_overwritten, iis_watermark);
	iis.regs[0x12] = 4;

	device = platform_device_register_simple("simaccel", -1, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	gpio.parent = &device->dev;
	gpio_irq_chip_set_chip(&gpio.irq, &lines);
	gpio.irq.handler = handle_simple_irq;
	gpio.irq.default_type = IRQ_TYPE_NONE;
	error = gpiochip_add_data(&gpio, NULL);
	if (error)
		goto no_gpio;
	error = i2c_add_numbered_adapter(&adapter);
	if (error)
		goto no_i2c;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	controller = spi_alloc_host(&device->dev, 0);
#else
	controller = spi_alloc_master(&device->dev, 0);
#endif
	if (!controller) {
		error = -ENOMEM;
		goto no_spi;
	}
	controller->bus_num = BUS;
	controller->num_chipselect = 1;
	controller->mode_bits = SPI_MODE_3;
	controller->transfer_one = iis_transfer;
	controller->set_cs = iis_select;
	error = spi_register_controller(controller);
	if (error) {
		spi_controller_put(controller);
		goto no_spi;
	}
	if (!spi_new_device(controller, &board)) {
		error = -ENODEV;
		spi_unregister_controller(controller);
		goto no_spi;
	}
	return 0;
no_spi:
	i2c_del_adapter(&adapter);
no_i2c:
	gpiochip_remove(&gpio);
no_gpio:
	platform_device_unregister(device);
	return error;
}

static void __exit simaccel_exit(void)
{
	spi_unregister_controller(controller);
	i2c_del_adapter(&adapter);
	chip_stop(&adxl);
	chip_stop(&iis);
	gpiochip_remove(&gpio);
	platform_device_unregister(device);
}

module_init(simaccel_init);
module_exit(simaccel_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Simulated accelerometers on I2C and SPI, for tests");
