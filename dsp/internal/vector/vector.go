package vector

import "os"

// Name is the instruction set that the assembly is written for, or generic
// where there is none for this processor.
var Name = detect()

// On says whether the assembly is used.
var On = Name != generic && os.Getenv("AUSCULT_CPU") != generic

const generic = "generic"
