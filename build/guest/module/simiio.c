// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated accelerometer that the kernel drives, for tests in the guest: an IIO device with the label "press" and without a
 * rate. It is triggered by a timer, which the kernel has as iio-trig-hrtimer but Debian's has not: the trigger
 * "simiio-dev0" here, with a rate and nothing in trigger/current_trigger until somebody writes it there. Its
 * elements differ in all that a type can say, "be:s12/16>>4", "le:s12/32>>8" and "le:s12/16X2>>2", with one that nobody
 * wants between them.
 *
 * Each scan tells its index, the number of the timer's tick, so that one that was never taken, because the timer was late
 * or the last scan not done yet, leaves a hole as one does that found the buffer full. x holds the index' low byte, y its next, z both mixed: 8 * byte - 1024 with the offset subtracted.
 */
#include <linux/hrtimer.h>
#include <linux/iio/buffer.h>
#include <linux/iio/iio.h>
#include <linux/iio/trigger.h>
#include <linux/iio/trigger_consumer.h>
#include <linux/iio/triggered_buffer.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define OFFSET -100

static unsigned int hertz = 100, period_ns = NSEC_PER_SEC / 100;
static unsigned long dropped;
module_param(dropped, ulong, 0644);
MODULE_PARM_DESC(dropped, "scans that found the buffer full");

#define AXIS(which, at, order, stored, shifted, times) {                                                                   \
	.type = IIO_ACCEL, .modified = 1, .channel2 = IIO_MOD_##which, .scan_index = at,                                        \
	.info_mask_separate = BIT(IIO_CHAN_INFO_RAW),                                                                            \
	.info_mask_shared_by_type = BIT(IIO_CHAN_INFO_SCALE) | BIT(IIO_CHAN_INFO_OFFSET),                                        \
	.scan_type = { .sign = 's', .realbits = 12, .storagebits = stored, .shift = shifted, .repeat = times, .endianness = order } \
}

static const struct iio_chan_spec channels[] = {
	AXIS(X, 0, IIO_BE, 16, 4, 0),
	{
		.type = IIO_TEMP, .scan_index = 1, .info_mask_separate = BIT(IIO_CHAN_INFO_RAW),
		.scan_type = { .sign = 'u', .realbits = 8, .storagebits = 8 }
	},
	AXIS(Y, 2, IIO_LE, 32, 8, 0),
	AXIS(Z, 3, IIO_LE, 16, 2, 2),
	IIO_CHAN_SOFT_TIMESTAMP(4),
};

static struct platform_device *parent;
static struct iio_dev *device;
static struct iio_trigger *trigger;
static struct hrtimer timer;
static u64 ticks, taken;

static irqreturn_t take(int irq, void *p)
{
	taken = ticks;
	return iio_pollfunc_store_time(irq, p);
}

static int value(u8 byte)
{
	return 8 * byte - 1024 - OFFSET;
}

static irqreturn_t push(int irq, void *p)
{
	struct iio_poll_func *poll = p;
	struct iio_dev *dev = poll->indio_dev;
	static u8 scan[64] __aligned(8);
	unsigned int at = 0;
	u8 x = taken, y = taken >> 8;
	int z;

	if (test_bit(0, dev->active_scan_mask)) {
		*(__be16 *)(scan + at) = cpu_to_be16((u16)(value(x) << 4 | 5));
		at += 2;
	}
	if (test_bit(1, dev->active_scan_mask))
		scan[at++] = 23;
	if (test_bit(2, dev->active_scan_mask)) {
		at = ALIGN(at, 4);
		*(__le32 *)(scan + at) = cpu_to_le32((u32)(value(y) << 8 | 0xab));
		at += 4;
	}
	if (test_bit(3, dev->active_scan_mask)) {
		at = ALIGN(at, 4);
		z = value(x ^ y ^ 0x5a);
		*(__le16 *)(scan + at) = cpu_to_le16((u16)((z - 1) << 2 | 3));
		*(__le16 *)(scan + at + 2) = cpu_to_le16((u16)((z + 1) << 2));
	}
	if (iio_push_to_buffers_with_timestamp(dev, scan, poll->timestamp))
		dropped++;
	iio_trigger_notify_done(dev->trig);
	return IRQ_HANDLED;
}

static int read(struct iio_dev *dev, struct iio_chan_spec const *channel, int *whole, int *micro, long mask)
{
	switch (mask) {
	case IIO_CHAN_INFO_RAW:
		*whole = 0;
		return IIO_VAL_INT;
	case IIO_CHAN_INFO_SCALE: /* 2 g in 11 bits */
		*whole = 0;
		*micro = 9577;
		return IIO_VAL_INT_PLUS_MICRO;
	case IIO_CHAN_INFO_OFFSET:
		*whole = OFFSET;
		return IIO_VAL_INT;
	}
	return -EINVAL;
}

static enum hrtimer_restart tick(struct hrtimer *t)
{
	ticks += hrtimer_forward_now(t, ns_to_ktime(period_ns));
	iio_trigger_poll(trigger);
	return HRTIMER_RESTART;
}

static int trigger_state(struct iio_trigger *t, bool on)
{
	if (on)
		hrtimer_start(&timer, ns_to_ktime(period_ns), HRTIMER_MODE_REL_HARD);
	else
		hrtimer_cancel(&timer);
	return 0;
}

static const struct iio_trigger_ops trigger_ops = { .set_trigger_state = trigger_state };

static ssize_t sampling_frequency_show(struct device *dev, struct device_attribute *attribute, char *text)
{
	return sysfs_emit(text, "%u.000\n", hertz);
}

static ssize_t sampling_frequency_store(struct device *dev, struct device_attribute *attribute, const char *text, size_t length)
{
	unsigned int wanted;
	int error = kstrtouint(text, 10, &wanted);

	if (error)
		return error;
	if (!wanted || wanted > 10000)
		return -EINVAL;
	hertz = wanted;
	period_ns = NSEC_PER_SEC / wanted;
	return length;
}
static DEVICE_ATTR_RW(sampling_frequency);

static struct attribute *trigger_attribute_attrs[] = { &dev_attr_sampling_frequency.attr, NULL };
ATTRIBUTE_GROUPS(trigger_attribute);

static const struct iio_info info = { .read_raw = read };

static int __init simiio_init(void)
{
	int error;

	parent = platform_device_register_simple("simiio", -1, NULL, 0);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	device = iio_device_alloc(&parent->dev, 0);
	if (!device) {
		error = -ENOMEM;
		goto no_device;
	}
	device->name = "simiio";
	device->label = "press";
	device->info = &info;
	device->modes = INDIO_DIRECT_MODE;
	device->channels = channels;
	device->num_channels = ARRAY_SIZE(channels);
	error = iio_triggered_buffer_setup(device, take, push, NULL);
	if (error)
		goto no_buffer;
	error = iio_device_register(device);
	if (error)
		goto no_register;
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = tick;
	trigger = iio_trigger_alloc(&parent->dev, "simiio-dev%d", iio_device_id(device));
	if (!trigger) {
		error = -ENOMEM;
		goto no_trigger;
	}
	trigger->ops = &trigger_ops;
	trigger->dev.groups = trigger_attribute_groups;
	error = iio_trigger_register(trigger);
	if (!error)
		return 0;
	iio_trigger_free(trigger);
no_trigger:
	iio_device_unregister(device);
no_register:
	iio_triggered_buffer_cleanup(device);
no_buffer:
	iio_device_free(device);
no_device:
	platform_device_unregister(parent);
	return error;
}

static void __exit simiio_exit(void)
{
	iio_device_unregister(device);
	hrtimer_cancel(&timer);
	iio_trigger_unregister(trigger);
	iio_trigger_free(trigger);
	iio_triggered_buffer_cleanup(device);
	iio_device_free(device);
	platform_device_unregister(parent);
}

module_init(simiio_init);
module_exit(simiio_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A simulated accelerometer behind the industrial I/O subsystem, for tests");
