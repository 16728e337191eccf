#!/bin/sh
# A chip of openssl and curl alone: enrols and renews at an EST service (RFC 7030), and checks all it is given.
#
#   enrol.sh HOST:PORT ROOT.pem CHIP-ID CLAIM-CODE IDEVID.pem IDEVID-KEY.pem FOLDER
#
# Leaves in FOLDER: device.key, device.pem (with its issuer), renewed.key, renewed.pem, list.der. Says each step.
set -eu

address=$1 root=$2 chip=$3 claim=$4 idevid=$5 idevid_key=$6 folder=$7
est="https://$address/.well-known/est"
cd "$folder"

ask() { curl --silent --show-error --fail-with-body --cacert "$root" "$@"; }

# base64 of PKCS #7 on standard input, the certificates in PEM on standard output.
unpack() { base64 -d | openssl pkcs7 -inform DER -print_certs | sed -n '/-----BEGIN/,/-----END/p'; }

# SUBJECT-KEY CERTIFICATE: for exactly this key and chip, and chained to the root, for a TLS client.
check() {
  openssl pkey -in "$1" -pubout -out expected.pub
  openssl x509 -in "$2" -noout -pubkey >given.pub
  cmp expected.pub given.pub
  test "$(openssl x509 -in "$2" -noout -subject -nameopt RFC2253)" = "subject=CN=$chip"
  openssl verify -purpose sslclient -CAfile "$root" -untrusted "$2" "$2"
}

echo '1 cacerts'
ask "$est/cacerts" | unpack >cacerts.pem
openssl verify -CAfile "$root" cacerts.pem

echo '2 a key and a request'
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out device.key
openssl req -new -key device.key -subj "/CN=$chip" -outform DER | base64 >device.csr

echo '3 simpleenroll'
ask --cert "$idevid" --key "$idevid_key" --user "$chip:$claim" --header 'content-type: application/pkcs10' \
  --data-binary @device.csr "$est/simpleenroll" | unpack >device.pem
check device.key device.pem

echo '4 the same again, as if the answer were lost'
ask --cert "$idevid" --key "$idevid_key" --user "$chip:$claim" --header 'content-type: application/pkcs10' \
  --data-binary @device.csr "$est/simpleenroll" | unpack >again.pem
cmp device.pem again.pem

echo '5 simplereenroll, for a new key of another kind'
openssl genpkey -algorithm ED25519 -out renewed.key
openssl req -new -key renewed.key -subj "/CN=$chip" -outform DER | base64 >renewed.csr
ask --cert device.pem --key device.key --header 'content-type: application/pkcs10' \
  --data-binary @renewed.csr "$est/simplereenroll" | unpack >renewed.pem
check renewed.key renewed.pem

echo '6 what to connect to'
ask --cert renewed.pem --key renewed.key "https://$address/.well-known/farthing/connection"
echo
ask "https://$address/.well-known/farthing/time"
echo

echo '7 the revocation list, signed by the issuer'
sed -n '/-----BEGIN/,/-----END/p' renewed.pem | awk '/-----BEGIN/ { n++ } n == 2' >issuer.pem
serial=$(openssl x509 -in issuer.pem -noout -serial | sed 's/^serial=//' | tr 'A-F' 'a-f')
ask --output list.der "https://$address/crl/$serial"
openssl crl -inform DER -in list.der -CAfile issuer.pem -noout -crlnumber -nextupdate
