package io.zrepl.lab;

/**
 * A pool of the guest that can be suspended as by failing devices, and resumed: its file lies on a
 * small file system, which is filled so that writes fail.
 *
 * <p>While it is suspended, a command that waits for a write (a receive that has begun, for
 * example) hangs in the kernel and cannot be killed until the pool is resumed.
 */
public final class SuspendablePool implements AutoCloseable {
  private final Guest guest;
  private final String name;

  /**
   * Makes the pool, mounted at {@code /NAME}.
   *
   * @param name of no existing pool
   */
  public SuspendablePool(Guest guest, String name) {
    this.guest = guest;
    this.name = name;
    guest.shell(
        """
        mkdir -p /frail && mount -t tmpfs -o size=64m frail /frail &&
        truncate -s 256M /frail/%1$s && zpool create %1$s /frail/%1$s
        """
            .formatted(name));
  }

  /** Suspends it, and returns when it is. */
  public void suspend() {
    guest.shell(
        """
        zpool sync %1$s
        dd if=/dev/zero of=/frail/ballast bs=64k 2>/dev/null
        echo something to write >/%1$s/unwritten
        tries=0
        until [ "$(zpool list -H -o health %1$s)" = SUSPENDED ]; do
          tries=$((tries + 1))
          [ $tries -lt 60 ] || exit 1
          sleep 0.5
        done
        """
            .formatted(name));
  }

  /** Resumes it; waits a moment for what hung to go on. */
  public void resume() {
    guest.shell("rm -f /frail/ballast && zpool clear %1$s && zpool sync %1$s".formatted(name));
  }

  @Override
  public void close() {
    guest.shell(
        """
        rm -f /frail/ballast
        if zpool list %1$s >/dev/null 2>&1; then
          zpool clear %1$s; zpool sync %1$s; zpool destroy -f %1$s || exit 1
        fi
        umount /frail
        """
            .formatted(name));
  }
}
