package io.zrepl.base;

import java.util.function.LongSupplier;

/**
 * Tells whoever fills the memory by the million that it is time to stop. What does not fit shall be
 * an error of the job that wanted it: when the memory is really used up, the whole daemon ends.
 *
 * <p>May be called by any thread. Cheap as long as there is room; otherwise it collects garbage.
 */
public final class HeapSpace {
  /** The heap of this JVM. */
  public static final HeapSpace OF_THIS_PROGRAM =
      new HeapSpace(
          Runtime.getRuntime().maxMemory(),
          () -> Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory(),
          System::gc);

  // Garbage alone hardly gets there: before that, the JVM collects what is young.
  private static final double LOOK_CLOSER = 0.85;
  // Beyond, the JVM would be busy with nothing but collecting.
  private static final double SCARCE = 0.75;

  private final long size;
  private final LongSupplier used;
  private final Runnable collection;

  /**
   * A heap.
   *
   * @param size in bytes, at most
   * @param used how many bytes of it are in use or garbage
   * @param collection removes the garbage
   */
  public HeapSpace(long size, LongSupplier used, Runnable collection) {
    this.size = size;
    this.used = used;
    this.collection = collection;
  }

  /** Whether nothing more should be kept. */
  public boolean isScarce() {
    if (used.getAsLong() < size * LOOK_CLOSER) {
      return false;
    }
    synchronized (this) {
      if (used.getAsLong() >= size * LOOK_CLOSER) {
        collection.run();
      }
      return used.getAsLong() >= size * SCARCE;
    }
  }

  /** At most so many bytes. */
  public long size() {
    return size;
  }
}
