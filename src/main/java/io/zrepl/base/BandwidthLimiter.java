package io.zrepl.base;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes several streams together keep a {@link BandwidthLimit}: a token bucket, full at first, that
 * each stream pays from for what it is about to pass on.
 *
 * <p>A stream that the bucket has not enough for pays all the same and waits until its debt is
 * filled up, so that streams are served in the order in which they pay, and none starves. Until any
 * moment {@code t} seconds after the first payment, no more than {@code capacity + t *
 * bytesPerSecond} bytes have been paid for by payments that returned.
 *
 * <p>Any thread may call. Time is that of a monotonic clock.
 */
public final class BandwidthLimiter {
  private static final double NANOS = 1e9;

  /** How large a share of a second one payment may be for, so that streams flow evenly. */
  private static final long SHARE = 10;

  /** Lets a thread wait; injected, so that tests can let time pass at once. */
  @FunctionalInterface
  interface Waiter {
    /**
     * Waits until the time is over or {@code ended} is at zero.
     *
     * @return whether {@code ended} is at zero
     */
    boolean await(CountDownLatch ended, long nanos) throws InterruptedException;
  }

  private final @Nullable BandwidthLimit limit;
  private final LongSupplier nanoTime;
  private final Waiter waiter;
  // Guarded by this: the level of the bucket at that time, in bytes; negative while there is debt.
  private double level;
  private long levelAt;

  private BandwidthLimiter(@Nullable BandwidthLimit limit, LongSupplier nanoTime, Waiter waiter) {
    this.limit = limit;
    this.nanoTime = nanoTime;
    this.waiter = waiter;
    this.level = limit == null ? 0 : (double) limit.capacity();
    this.levelAt = nanoTime.getAsLong();
  }

  /** Never lets anything wait. */
  public static BandwidthLimiter unlimited() {
    return of(Optional.empty());
  }

  /** Keeps the limit, if there is one. */
  public static BandwidthLimiter of(Optional<BandwidthLimit> limit) {
    return new BandwidthLimiter(
        limit.orElse(null),
        System::nanoTime,
        (ended, nanos) -> ended.await(nanos, TimeUnit.NANOSECONDS));
  }

  /** With another time. */
  static BandwidthLimiter of(BandwidthLimit limit, LongSupplier nanoTime, Waiter waiter) {
    return new BandwidthLimiter(limit, nanoTime, waiter);
  }

  /** Whether streams can be made to wait at all. */
  public boolean isLimited() {
    return limit != null;
  }

  /** For one more stream. */
  public Lane newLane() {
    return new Lane();
  }

  /** One stream. Any thread may end it, one thread at a time pays. */
  public final class Lane {
    private final CountDownLatch ended = new CountDownLatch(1);

    private Lane() {}

    /** How many bytes to pay for at once, at most; at least 1. */
    public int portion() {
      return limit == null
          ? Integer.MAX_VALUE
          : Math.clamp(limit.bytesPerSecond() / SHARE, 1, Integer.MAX_VALUE);
    }

    /**
     * Pays, and waits as long as the limit demands.
     *
     * @return false at once when the lane has ended or ends
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public boolean pay(long bytes) throws InterruptedException {
      long nanos = spend(bytes);
      return nanos <= 0 ? ended.getCount() > 0 : !waiter.await(ended, nanos);
    }

    /** Lets nobody wait in this lane any more. May be called repeatedly. */
    public void end() {
      ended.countDown();
    }
  }

  /** Takes bytes out of the bucket; returns after how many nanoseconds there is no debt left. */
  private synchronized long spend(long bytes) {
    BandwidthLimit current = limit;
    if (current == null) {
      return 0;
    }
    long now = nanoTime.getAsLong();
    double filled = (double) (now - levelAt) * (double) current.bytesPerSecond() / NANOS;
    level = Math.min((double) current.capacity(), level + filled) - (double) bytes;
    levelAt = now;
    return level >= 0 ? 0 : (long) Math.ceil(-level / (double) current.bytesPerSecond() * NANOS);
  }
}
