module example.com/a

go 1.13

require (
	k8s.io/api v0.14.6
	k8s.io/client-go v0.14.6 // größer als nötig
)
