# Runs in a VM that was paused: its clock stood still. Where it goes on from a saved state, this comes before the probes,
# and what it draws from its random generator would come again each time it is restored: the line before this one sets
# $entropy then, and leaves it empty otherwise. The clock is read from the VM's own RTC, which QEMU keeps with the host's. Perl, since it starts ten times as fast as Python; only
# what perl-base brings. Where this fails, nothing else is worth a look.
printf %s "$entropy" | sudo perl -e '
use strict;
my $seed = pack "H*", join "", <STDIN>;
if (length $seed) {
  open my $pool, ">", "/dev/random" or die "/dev/random: $!\n";
  # RNDADDENTROPY and RNDRESEEDCRNG of random(4)
  ioctl $pool, 0x40085203, pack "iia*", 8 * length $seed, length $seed, $seed or die "RNDADDENTROPY: $!\n";
  ioctl $pool, 0x5207, 0 or die "RNDRESEEDCRNG: $!\n";
}
open my $clock, "<", "/sys/class/rtc/rtc0/since_epoch" or die "/sys/class/rtc/rtc0: $!\n";
chomp(my $seconds = <$clock>);
# clock_settime(2) on x86-64; the RTC tells whole seconds.
syscall(227, 0, pack "qq", $seconds, 500_000_000) == 0 or die "clock_settime: $!\n";
' || exit 1
