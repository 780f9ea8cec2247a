package io.zrepl.zfs;

import io.zrepl.model.FailureScope;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong, recognised by the wording of {@code zfs} in OpenZFS 2.1 to 2.3 (library messages
 * of {@code libzfs_util.c} in the C locale). The first constant whose wording occurs applies, so
 * that the more telling ones stand first. Whatever has none of these wordings is {@link
 * #UNRECOGNISED}.
 */
public enum ZfsProblem {
  /** The kernel module is missing, or {@code /dev/zfs} cannot be used. */
  ZFS_UNAVAILABLE(
      FailureScope.JOB,
      true,
      "load the ZFS kernel module (modprobe zfs) and make sure that the user may use /dev/zfs",
      "/dev/zfs and /proc/self/mounts are required|ZFS modules? (cannot|are not|is not)"
          + "|ZFS utilities must be run as root|unable to open /dev/zfs"),
  /** The pool does not answer I/O any more. */
  POOL_SUSPENDED(
      FailureScope.POOL,
      true,
      "see zpool status; after repairing the devices, zpool clear resumes the pool",
      "pool I/O is currently suspended|pool is (currently )?suspended"),
  /** The pool is not usable. */
  POOL_UNAVAILABLE(
      FailureScope.POOL,
      true,
      "see zpool status and zpool import",
      "(pool|one or more devices) is (currently )?unavailable"),
  /** No such pool is imported. */
  POOL_MISSING(
      FailureScope.POOL,
      true,
      "import the pool (zpool import), or correct its name in the configuration",
      "no such pool(?! or dataset)"),
  /** Imported read-only. */
  POOL_READ_ONLY(
      FailureScope.POOL,
      false,
      "the pool is imported read-only: export it and import it without readonly=on",
      "pool is read-only|[Rr]ead-only file system"),
  /** Devices fail. */
  INPUT_OUTPUT_ERROR(
      FailureScope.POOL,
      true,
      "see zpool status -v and the kernel log",
      "[Ii](nput)?/[Oo](utput)? error"),
  /** A quota of this dataset or one above is used up; other datasets go on. */
  QUOTA_EXCEEDED(
      FailureScope.FILESYSTEM,
      true,
      "raise the quota or refquota of the dataset or of those above it, or free space",
      "quota exceeded"),
  /** The quota of the pool's root dataset, so that of the whole pool, is used up. */
  POOL_QUOTA_EXCEEDED(
      FailureScope.POOL, true, "raise the quota of the pool's root dataset, or free space", "(?!)"),
  /** The pool is full, or a reservation leaves no room. */
  OUT_OF_SPACE(
      FailureScope.POOL,
      true,
      "free space in the pool, for example by keeping fewer snapshots; ZFS says the same where a quota"
          + " above the dataset is used up",
      "out of space|[Nn]o space left on device"),
  /**
   * What a snapshot must reserve is not free, or a limit on snapshots is reached; the pool may have
   * room for others. Recognised by its context: ZFS says "out of space" of one snapshot by name.
   */
  SNAPSHOT_RESERVATION(
      FailureScope.FILESYSTEM,
      true,
      "a snapshot needs as much free space as the refreservation of its dataset protects, and must"
          + " keep within snapshot_limit: free space, or lower refreservation or raise the limit",
      "(?!)"),
  /** Out of memory or process slots. */
  OUT_OF_MEMORY(
      FailureScope.JOB,
      true,
      "the machine is short of memory",
      "out of memory|[Cc]annot allocate memory|no memory"),
  /** The snapshot has holds. */
  HELD(
      FailureScope.FILESYSTEM,
      true,
      "zfs holds shows who holds the snapshot, zfs release removes a hold",
      "it's being held"),
  /** A clone depends on the snapshot. */
  HAS_CLONES(
      FailureScope.FILESYSTEM,
      false,
      "destroy or promote the clones first (zfs promote)",
      "has dependent clones|clones of previous snapshots exist"),
  /** Tried to replace a filesystem by an encrypted one or the reverse. */
  ENCRYPTED_OVERWRITE(
      FailureScope.FILESYSTEM,
      false,
      "ZFS cannot turn an unencrypted filesystem into an encrypted one or overwrite an encrypted one:"
          + " rename or destroy the destination, or change the send flags of the job",
      "zfs receive -F cannot be used to destroy an encrypted filesystem"
          + "|cannot perform raw receive on top of existing unencrypted dataset"),
  /** The key is needed and not there. */
  KEY_NOT_LOADED(
      FailureScope.FILESYSTEM,
      true,
      "load the key (zfs load-key), or send raw (send.raw or send.encrypted)",
      "key must be loaded|key not loaded"),
  /** Properties of an encrypted dataset can only be sent raw. */
  RAW_SEND_REQUIRED(
      FailureScope.FILESYSTEM,
      false,
      "send the dataset raw (send.raw or send.encrypted), or without properties",
      "may not be sent with properties without the raw flag"),
  /** There is nothing that a receive could be continued with. */
  NO_PARTIAL_STATE(
      FailureScope.FILESYSTEM, false, null, "does not have any resumable receive state to abort"),
  /** Partial state of an interrupted receive, or a running one, is in the way. */
  PARTIAL_STATE_IN_THE_WAY(
      FailureScope.FILESYSTEM,
      true,
      "another receive may be running; zfs receive -A drops the partial state of one that is not",
      // The latter is what libzfs makes of EINVAL: the token is not that of the state that is there
      // now, since the receive before went on for a moment after the token was read.
      "contains partially-complete state"
          + "|cannot receive resume stream: kernel modules must be upgraded"),
  /** The pool has not enabled a feature that the stream, or resuming it, needs. */
  POOL_LACKS_FEATURE(
      FailureScope.FILESYSTEM,
      false,
      "enable the feature on the receiving pool (zpool upgrade), or send without the options that need it",
      "pool must be upgraded to receive this stream"),
  /** Needs {@code -F}, or the snapshots must go first. */
  DESTINATION_HAS_SNAPSHOTS(
      FailureScope.FILESYSTEM,
      false,
      "the destination holds snapshots that this job did not put there: rename or destroy it",
      "destination has snapshots"),
  /** Filesystems, volumes or snapshots lie below the dataset. */
  HAS_CHILDREN(
      FailureScope.FILESYSTEM,
      false,
      "destroy what lies below the dataset first",
      "(filesystem|volume|snapshot) has children"),
  /** A rollback would destroy what is younger. */
  NEWER_VERSIONS_EXIST(
      FailureScope.FILESYSTEM, false, null, "more recent snapshots or bookmarks exist"),
  /** A hold with that tag exists already. */
  HOLD_EXISTS(FailureScope.FILESYSTEM, false, null, "tag already exists on this dataset"),
  /** There is no hold with that tag. */
  HOLD_MISSING(FailureScope.FILESYSTEM, false, null, "no such tag on this dataset"),
  /** ZFS does not take this for a name. */
  NAME_REFUSED(
      FailureScope.FILESYSTEM,
      false,
      "see the section Naming of zfsconcepts(7)",
      "invalid character .{1,5} in name|delimiter '' is not expected here|trailing slash in name"
          + "|leading slash in name|reference, '' is found in name|name is too long"
          + "|empty component or misplaced|delimiter in (snapshot )?name|invalid name"),
  /** The bookmark exists already. */
  BOOKMARK_EXISTS(FailureScope.FILESYSTEM, false, null, "bookmark exists"),
  /** The dataset or snapshot exists already. */
  DESTINATION_EXISTS(
      FailureScope.FILESYSTEM,
      false,
      null,
      "destination '[^']*' exists|destination exists|dataset already exists|must specify -F to overwrite it"),
  /** Written to since the last receive. */
  DESTINATION_MODIFIED(
      FailureScope.FILESYSTEM,
      false,
      "somebody wrote to the destination, or it has newer snapshots; zfs rollback -r to the last"
          + " common snapshot repairs it, readonly=on prevents it",
      "has been modified since most recent snapshot"),
  /** The base of an incremental stream is not the newest snapshot of the destination. */
  INCREMENTAL_SOURCE_MISMATCH(
      FailureScope.FILESYSTEM,
      false,
      null,
      "does not match incremental source|not an earlier snapshot from the same fs"
          + "|incremental source \\([^)]*\\) (does not exist|is not earlier than it)"
          + "|is not an earlier snapshot|No such process"),
  /** The snapshot of a resume token is gone. */
  TOKEN_OUTDATED(
      FailureScope.FILESYSTEM,
      false,
      "the interrupted receive cannot be continued; zfs receive -A on the receiving side drops it",
      "used in the initial send (no longer exists|is not)"),
  /** Not a token. */
  TOKEN_CORRUPT(FailureScope.FILESYSTEM, false, null, "resume token is corrupt"),
  /** A stream with damage or without end. */
  STREAM_BROKEN(
      FailureScope.FILESYSTEM,
      true,
      null,
      "checksum mismatch|incomplete stream|failed to read from stream|invalid stream"
          + "|invalid backup stream"),
  /** All data has arrived, but not with the properties that were asked for. */
  PROPERTY_NOT_RECEIVED(
      FailureScope.FILESYSTEM,
      false,
      "set the property by hand, and delegate the right to do so (zfs allow): see docs/rights.md",
      "cannot receive \\S+ property on "),
  /** Mounting or unmounting failed; the dataset itself may be as it should. */
  MOUNT_FAILED(
      FailureScope.FILESYSTEM,
      false,
      "on Linux only root may mount: let replicas be received with canmount=off or noauto, or"
          + " mountpoint=none, see docs/rights.md",
      "cannot (un)?mount ''(?!: pool or dataset is busy)"),
  /** Not allowed. */
  PERMISSION_DENIED(
      FailureScope.FILESYSTEM,
      false,
      "run as root, or delegate the permissions with zfs allow: docs/rights.md lists what a job"
          + " needs",
      "[Pp]ermission denied|Insufficient privileges"),
  /** This kind of dataset has no such operation. */
  WRONG_TYPE(
      FailureScope.FILESYSTEM,
      false,
      null,
      "operation not applicable to datasets of this type|operation does not apply to pools"
          + "|property doesn't apply to datasets of this type"),
  /** The pool, its version or the kernel module lacks something. */
  FEATURE_MISSING(
      FailureScope.FILESYSTEM,
      false,
      "this pool or this version of OpenZFS lacks a feature: see zpool upgrade and zpool get all",
      "unsupported (version or )?feature|must be upgraded|operation not supported"
          + "|not supported by the loaded zfs module"),
  /** This version of the command does not know what it was asked. */
  COMMAND_REFUSED(
      FailureScope.FILESYSTEM,
      false,
      "zrepl needs OpenZFS 2.1 or newer",
      "^(invalid option|unrecognized command|missing [a-z ]*(argument|command))"),
  /** No such property, or not with this value. */
  PROPERTY_REFUSED(
      FailureScope.FILESYSTEM,
      false,
      "correct the properties in the configuration",
      "invalid property|is readonly|read-only property|must be one of|bad property list"
          + "|property cannot be inherited|invalid quota or reservation"),
  /** Used by somebody: mounted, held, sent or received right now. */
  BUSY(
      FailureScope.FILESYSTEM,
      true,
      "a hold, a running send or receive, or a program with open files keeps it busy",
      "dataset is busy|[Dd]evice or resource busy"),
  /** No such filesystem, volume, snapshot or bookmark. */
  DATASET_MISSING(
      FailureScope.FILESYSTEM,
      false,
      null,
      "dataset does not exist|no such pool or dataset|could not find any snapshots"
          + "|destination '[^']*' does not exist|bookmark '[^']*' does not exist|parent does not exist"
          + "|recursively: snapshot .* does not exist"),
  /**
   * None of the wordings known here. The message of the failure has all that ZFS said, usage text
   * included; of more than 16 KiB only the beginning (two thirds) and the end, where the cause
   * stands. Resume tokens and control characters are replaced.
   */
  UNRECOGNISED(
      FailureScope.FILESYSTEM, false, "zrepl does not know these words of the zfs command", "(?!)");

  private final FailureScope scope;
  private final boolean temporary;
  private final @Nullable String advice;
  private final Pattern wording;

  ZfsProblem(FailureScope scope, boolean temporary, @Nullable String advice, String wording) {
    this.scope = scope;
    this.temporary = temporary;
    this.advice = advice;
    this.wording = Pattern.compile(wording);
  }

  /** The cause stands at the beginning or at the end of even the longest text. */
  private static String shortened(String errors) {
    int part = 8 * 1024;
    return errors.length() <= 2 * part
        ? errors
        : errors.substring(0, part) + "\n" + errors.substring(errors.length() - part);
  }

  /** How far such a failure reaches. */
  public FailureScope scope() {
    return scope;
  }

  /** Whether the same command may succeed later without anybody's doing. */
  public boolean temporary() {
    return temporary;
  }

  /** What the administrator can do, if there is anything to say. */
  public Optional<String> advice() {
    return Optional.ofNullable(advice);
  }

  /**
   * Recognises what a command wrote to its standard error.
   *
   * @param errors may have several lines; ZFS breaks some sentences
   */
  static ZfsProblem recognise(String errors) {
    String words = shortened(MessageText.withoutUsage(errors).strip()).replaceAll("\\s+", " ");
    if (words.matches("cannot open '[^/@#]+': dataset does not exist( .*)?")) {
      // libzfs says this of the root dataset of a pool that is not imported
      return POOL_MISSING;
    }
    // A name may have blanks, and so hold any of the wordings.
    String unnamed = words.replaceAll("(?<![a-z])'[^']*'", "''");
    for (ZfsProblem problem : values()) {
      if (problem.wording.matcher(unnamed).find()) {
        return problem;
      }
    }
    return UNRECOGNISED;
  }
}
