package io.zrepl.logging;

/** The facilities of syslog(3), with their numbers of RFC 5424. */
public enum SyslogFacility {
  /** Kernel messages. */
  KERN(0),
  /** User-level messages. */
  USER(1),
  /** Mail system. */
  MAIL(2),
  /** System daemons. */
  DAEMON(3),
  /** Security messages. */
  AUTH(4),
  /** Messages of syslog itself. */
  SYSLOG(5),
  /** Line printers. */
  LPR(6),
  /** Network news. */
  NEWS(7),
  /** UUCP. */
  UUCP(8),
  /** Clock daemons. */
  CRON(9),
  /** Private security messages. */
  AUTHPRIV(10),
  /** FTP daemons. */
  FTP(11),
  /** Local use. */
  LOCAL0(16),
  /** Local use. */
  LOCAL1(17),
  /** Local use. */
  LOCAL2(18),
  /** Local use. */
  LOCAL3(19),
  /** Local use. */
  LOCAL4(20),
  /** Local use. */
  LOCAL5(21),
  /** Local use. */
  LOCAL6(22),
  /** Local use. */
  LOCAL7(23);

  private final int code;

  SyslogFacility(int code) {
    this.code = code;
  }

  /** The number in the priority of a message. */
  public int code() {
    return code;
  }
}
