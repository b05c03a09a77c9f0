
iptables -N DOCKER-USER
iptables -A FORWARD -j DOCKER-USER
iptables -P FORWARD DROP
mount -t tmpfs own /run
mkdir /run/NetworkManager
printf '#!/bin/sh\n' > @BIN@/nmcli
chmod 755 @BIN@/nmcli
(exec -a /usr/sbin/NetworkManager sleep infinity) < /dev/null > /dev/null 2>&1 &
