package io.zrepl.zfs;

/**
 * The options of {@code zfs send} that a job sets; see {@code zfs-send(8)}.
 *
 * @param encrypted {@code -w}, and filesystems that are not natively encrypted are refused
 * @param raw {@code -w}
 * @param sendProperties {@code -p}
 * @param backupProperties {@code -b}
 * @param largeBlocks {@code -L}
 * @param compressed {@code -c}
 * @param embeddedData {@code -e}
 * @param saved {@code -S}
 */
public record SendFlags(
    boolean encrypted,
    boolean raw,
    boolean sendProperties,
    boolean backupProperties,
    boolean largeBlocks,
    boolean compressed,
    boolean embeddedData,
    boolean saved) {
  /** No option set. */
  public static final SendFlags NONE =
      new SendFlags(false, false, false, false, false, false, false, false);
}
